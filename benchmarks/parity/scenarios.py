"""All scenarios, as data. Ranges are drawn from anew in every variation."""

from dataclasses import replace

import numpy as np

from benchmarks.parity.scenario import Body, Range, Scenario, drive, fly, later

NOTHING, HELD, BACK = drive(0), drive(1), drive(-1)
X: Range = (-400.0, 400.0)  # sideways, where the place does not matter
NOSE_X: Range = (-60.0, 60.0)  # sideways, where a ball or a car is to be hit
FLOOR = 17.0
SETTLED = 0.1  # seconds after which wheels have found the ground and a jump begins
JUMP, RELEASE = fly(jump=1), NOTHING
JUMPED = ("take-off", "landing")
RESTING = Body((0.0, 0.0, 93.15))  # a ball


def ground(speed: Range = 0.0, yaw: Range = (60.0, 120.0), y: float = -2500.0) -> Body:
    """A car on the ground in the open field."""
    return Body((X, y, FLOOR), yaw=yaw, speed=speed)


def air(height: Range = (900.0, 1200.0), **angles: Range) -> Body:
    """A car in the air, moving."""
    return Body((X, -2000.0, height), velocity=((-300.0, 300.0), (0.0, 600.0), (0.0, 300.0)), **angles)


def thrown(place: tuple[Range, Range, Range], velocity: tuple[Range, Range, Range]) -> Body:
    """A ball in flight, spinning."""
    return Body(place, velocity=velocity, spin=((-4.0, 4.0), (-4.0, 4.0), (-4.0, 4.0)))


def flip(name: str, pitch: int, roll: int) -> Scenario:
    """A flip from a jump while driving."""
    plan = ((0.0, JUMP), (0.1, RELEASE), (0.2, fly(pitch=pitch, roll=roll, jump=1)), (0.3, NOTHING))
    return Scenario(f"flip: {name}", ground((200.0, 1000.0)), plan, events=JUMPED)


def bounce(name: str, place: tuple[Range, Range, Range], velocity: tuple[Range, Range, Range]) -> Scenario:
    """The ball alone meets a surface."""
    events = ("bounce", "goal")
    return Scenario(f"ball: {name}", ball=thrown(place, velocity), ball_counts=True, events=events)


def pad(name: str, x: float, y: float, aside: Range, seconds: float) -> Scenario:
    """Drive along y over a pad, its middle `aside` uu to the side."""
    low, high = aside if isinstance(aside, tuple) else (aside, aside)
    car = Body(((x + low, x + high), y - 500.0, FLOOR), speed=(800.0, 1400.0))
    events = ("pad taken", "pad back")
    return Scenario(f"pad: {name}", car, ((0.0, HELD), (1.0, NOTHING)), boost=0.0, seconds=seconds, events=events)


def hit(name: str, speed: Range, boost: int = 0, ball: Body = RESTING) -> Scenario:
    """Drive into a ball."""
    car = Body((NOSE_X, -700.0, FLOOR), speed=speed)
    return Scenario(f"hit: {name}", car, ((0.0, drive(1, boost=boost)),), ball, ball_counts=True, events=("hit",))


def kickoff(name: str, x: float, y: float) -> Scenario:
    """Both boost to the ball from opposite places of a kickoff, blue a bit nearer or further each time, facing it."""
    straight = ((0.0, drive(1, boost=1)),)
    yaw = float(np.degrees(np.arctan2(-y, -x)))
    blue, orange = Body((x, (y - 20, y + 20), FLOOR), yaw=yaw), Body((-x, -y, FLOOR), yaw=yaw - 180)
    return Scenario(
        f"kickoff: {name}", blue, straight, RESTING, orange, straight, 33.0, ball_counts=True, events=("hit", "goal")
    )


DRIVING = (
    Scenario("coast", ground((200.0, 1400.0)), ((0.0, NOTHING),)),
    Scenario("throttle from rest", ground(), ((0.0, HELD),)),
    Scenario("boost from rest", ground(), ((0.0, drive(1, boost=1)),), boost=100.0),
    Scenario("reverse", ground(y=0.0), ((0.0, BACK),)),
    Scenario("brake", ground((800.0, 2200.0)), ((0.0, BACK),)),
    Scenario("steer", ground((0.0, 1400.0)), ((0.0, drive(1, 1)),)),
    Scenario("steer and boost", ground((500.0, 2200.0)), ((0.0, drive(1, -1, boost=1)),), boost=100.0),
    Scenario("slalom", ground((500.0, 1400.0)), tuple((0.5 * i, drive(1, 1 - 2 * (i % 2))) for i in range(10))),
    Scenario("powerslide", ground((800.0, 1800.0)), ((0.0, drive(1, 1, slide=1)), (0.8, HELD))),
    Scenario("slide backwards", ground((800.0, 1400.0)), ((0.0, drive(-1, 1, slide=1)), (0.8, HELD))),
)
_JUMPING = (
    Scenario("jump, short", ground((0.0, 1400.0)), ((0.0, JUMP), (0.03, NOTHING)), events=JUMPED),
    Scenario("jump, held", ground((0.0, 1400.0)), ((0.0, JUMP), (0.5, NOTHING)), events=JUMPED),
    Scenario(
        "double jump", ground((0.0, 1400.0)), ((0.0, JUMP), (0.2, RELEASE), (0.3, JUMP), (0.4, NOTHING)), events=JUMPED
    ),
    flip("forwards", -1, 0),
    flip("forwards, right", -1, 1),
    flip("right", 0, 1),
    flip("backwards, right", 1, 1),
    flip("backwards", 1, 0),
    flip("backwards, left", 1, -1),
    flip("left", 0, -1),
    flip("forwards, left", -1, -1),
    Scenario(
        "flip, cancelled",
        ground((200.0, 1000.0)),
        ((0.0, JUMP), (0.1, RELEASE), (0.2, fly(pitch=1, jump=1)), (0.26, fly(pitch=-1)), (0.9, NOTHING)),
        events=JUMPED,
    ),
    Scenario(
        "wavedash",
        ground((600.0, 1200.0)),
        ((0.0, JUMP), (0.03, fly(pitch=1)), (0.18, NOTHING), (0.78, fly(pitch=-1, jump=1)), (0.9, HELD)),
        events=JUMPED,
    ),
)
JUMPING = tuple(replace(one, plan=later(SETTLED, one.plan)) for one in _JUMPING)
FLYING = (
    Scenario(
        "fall and land",
        air((400.0, 1000.0), yaw=(0.0, 360.0), pitch=(-40.0, 40.0), roll=(-40.0, 40.0)),
        events=("landing",),
    ),
    Scenario("turn: pitch", air(), ((0.0, fly(pitch=1)),)),
    Scenario("boost straight ahead", air(), ((0.0, drive(1, boost=1)),), boost=100.0),
    Scenario("turn: yaw", air(), ((0.0, drive(0, 1)), (0.5, fly(yaw=1, roll=-1)))),
    Scenario("turn: roll", air(), ((0.0, fly(roll=-1)),)),
    Scenario("boost in the air", air(pitch=(30.0, 80.0)), ((0.0, fly(pitch=1, boost=1)), (0.15, fly(roll=1, boost=1)))),
    Scenario(
        "aerial from the ground",
        ground(),
        ((0.0, JUMP), (0.2, fly(pitch=1, boost=1)), (0.6, fly(roll=1, boost=1)), (2.0, NOTHING)),
        boost=100.0,
        events=JUMPED,
    ),
    Scenario(
        "land on the roof", air((200.0, 400.0), roll=(160.0, 200.0)), ((0.0, NOTHING), (2.5, JUMP), (2.7, NOTHING))
    ),
)
WALLS = (
    Scenario("up the side wall", Body((3000.0, X, FLOOR), yaw=(-20.0, 20.0), speed=(1200.0, 1800.0)), ((0.0, HELD),)),
    Scenario(
        "up the back wall", Body((2000.0, 4200.0, FLOOR), yaw=(70.0, 110.0), speed=(1200.0, 1800.0)), ((0.0, HELD),)
    ),
    Scenario("up the corner", Body((3000.0, 4000.0, FLOOR), yaw=(35.0, 55.0), speed=(1000.0, 1600.0)), ((0.0, HELD),)),
    Scenario(
        "wall to ceiling",
        Body((4079.0, X, 700.0), yaw=0.0, pitch=90.0, speed=(1300.0, 1800.0)),
        ((0.0, drive(1, boost=1)),),
        boost=100.0,
    ),
    Scenario(
        "turn on the wall",
        Body((4079.0, X, 700.0), yaw=0.0, pitch=90.0, speed=(1000.0, 1400.0)),
        ((0.0, drive(1, 1)), (0.6, HELD)),
    ),
    Scenario(
        "jump off the wall",
        Body((4079.0, X, 600.0), yaw=0.0, pitch=90.0, speed=(800.0, 1200.0)),
        ((0.0, HELD), (0.3, JUMP), (0.5, NOTHING)),
        events=JUMPED,
    ),
    Scenario("down the wall", Body((4079.0, X, 1200.0), yaw=180.0, pitch=-90.0, speed=(500.0, 1000.0)), ((0.0, HELD),)),
    Scenario(
        "on the ceiling",
        Body((X, X, 2027.0), roll=180.0, speed=(1000.0, 1600.0)),
        ((0.0, HELD),),
        events=("take-off", "landing"),
    ),
    Scenario(
        "fly into the wall",
        Body((3500.0, X, (400.0, 900.0)), yaw=(-40.0, 40.0), speed=(600.0, 1400.0)),
        ((0.0, NOTHING),),
    ),
    Scenario("drive into the goal post", Body(((850.0, 980.0), 4300.0, FLOOR), speed=(800.0, 1400.0)), ((0.0, HELD),)),
)
UP: Range = (200.0, 600.0)
BALL = (
    bounce("falls on the floor", (X, X, (400.0, 1200.0)), ((-600.0, 600.0), (-600.0, 600.0), (-300.0, 0.0))),
    bounce("rolls", (X, X, 93.15), ((-1500.0, 1500.0), (-1500.0, 1500.0), 0.0)),
    bounce("side wall", (3500.0, X, (500.0, 1200.0)), ((1200.0, 2500.0), (-800.0, 800.0), UP)),
    bounce("back wall", ((1500.0, 2000.0), 4300.0, (500.0, 1200.0)), ((-300.0, 300.0), (1200.0, 2500.0), UP)),
    bounce("corner", (3000.0, 4200.0, (500.0, 1200.0)), ((1000.0, 2000.0), (1000.0, 2000.0), UP)),
    bounce("ceiling", (X, X, 1500.0), ((-800.0, 800.0), (-800.0, 800.0), (1200.0, 2000.0))),
    bounce("ramp of the side wall", (3300.0, X, 93.15), ((1200.0, 2500.0), (-500.0, 500.0), 0.0)),
    bounce("ramp of the corner", (2800.0, 3900.0, 93.15), ((800.0, 1800.0), (800.0, 1800.0), 0.0)),
    bounce("crossbar", ((-500.0, 500.0), 4400.0, (600.0, 700.0)), (0.0, (1500.0, 2500.0), (100.0, 200.0))),
    bounce("goal post", ((850.0, 960.0), 4400.0, (200.0, 400.0)), (0.0, (1500.0, 2500.0), (100.0, 300.0))),
    bounce("into the goal", ((-600.0, 600.0), 4000.0, (100.0, 400.0)), ((-300.0, 300.0), (1200.0, 2500.0), 100.0)),
)
HITS = (
    hit("slowly", (400.0, 700.0)),
    hit("fast", (1300.0, 1700.0)),
    hit("supersonic", 2290.0, boost=1),
    hit(
        "a ball that comes", (800.0, 1400.0), ball=Body((NOSE_X, 500.0, 93.15), velocity=(0.0, (-1500.0, -500.0), 0.0))
    ),
    hit("a ball that falls", (600.0, 1000.0), ball=Body((NOSE_X, 0.0, (300.0, 500.0)), velocity=(0.0, 0.0, -50.0))),
    hit("a ball that crosses", (1000.0, 1400.0), ball=Body(((-420.0, -300.0), 0.0, 93.15), velocity=(600.0, 0.0, 0.0))),
    Scenario(
        "hit: with a flip",
        Body((NOSE_X, -600.0, FLOOR), speed=(900.0, 1200.0)),
        ((0.0, JUMP), (0.08, RELEASE), (0.2, fly(pitch=-1, jump=1)), (0.3, NOTHING)),
        RESTING,
        ball_counts=True,
        events=("hit",),
    ),
    Scenario(
        "hit: jump into it",
        Body((NOSE_X, -500.0, FLOOR), speed=(700.0, 1000.0)),
        ((0.0, JUMP), (0.2, NOTHING)),
        Body((0.0, 0.0, (250.0, 350.0)), velocity=(0.0, 0.0, 50.0)),
        ball_counts=True,
        events=("hit",),
    ),
    Scenario(
        "hit: on the roof",
        Body((0.0, 0.0, FLOOR)),
        (),
        Body(((-15.0, 15.0), (-25.0, 25.0), 300.0), velocity=(0.0, 0.0, -50.0)),
        ball_counts=True,
        events=("hit",),
    ),
    Scenario(
        "hit: both cars at once",
        Body((NOSE_X, -800.0, FLOOR), speed=(900.0, 1400.0)),
        ((0.0, HELD),),
        RESTING,
        Body((NOSE_X, 800.0, FLOOR), yaw=-90.0, speed=(900.0, 1400.0)),
        ((0.0, HELD),),
        ball_counts=True,
        events=("hit",),
    ),
)
CARS = (
    Scenario(
        "bump: from behind",
        Body((NOSE_X, -600.0, FLOOR), speed=(1000.0, 1600.0)),
        ((0.0, HELD),),
        other=Body((0.0, 0.0, FLOOR)),
        events=("bump",),
    ),
    Scenario(
        "bump: from the side",
        Body((NOSE_X, -600.0, FLOOR), speed=(1000.0, 1600.0)),
        ((0.0, HELD),),
        other=Body((0.0, 0.0, FLOOR), yaw=0.0),
        events=("bump",),
    ),
    Scenario(
        "bump: head-on",
        Body((NOSE_X, -800.0, FLOOR), speed=(800.0, 1400.0)),
        ((0.0, HELD),),
        other=Body((0.0, 800.0, FLOOR), yaw=-90.0, speed=(800.0, 1400.0)),
        other_plan=((0.0, HELD),),
        events=("bump",),
    ),
    Scenario(
        "bump: on the roof",
        Body(((-40.0, 40.0), (-40.0, 40.0), 250.0)),
        (),
        other=Body((0.0, 0.0, FLOOR)),
        events=("bump",),
    ),
    Scenario(
        "demolition",
        Body((NOSE_X, -900.0, FLOOR), speed=2290.0),
        ((0.0, drive(1, boost=1)), (0.6, NOTHING)),
        other=Body((0.0, 0.0, FLOOR), yaw=(0.0, 360.0)),
        boost=100.0,
        events=("demolition", "respawn"),
    ),
    Scenario(
        "just below a demolition",
        Body((NOSE_X, -300.0, FLOOR), speed=(2000.0, 2180.0)),
        ((0.0, NOTHING),),
        other=Body((0.0, 0.0, FLOOR), yaw=0.0),
        events=("bump", "demolition"),
    ),
)
PADS = (
    pad("small, over the middle", 0.0, -1024.0, (-20.0, 20.0), 6.0),
    pad("small, at the edge", 0.0, -1024.0, (120.0, 180.0), 6.0),
    pad("large, over the middle", 3584.0, 0.0, (-20.0, 20.0), 11.5),
    pad("large, at the edge", 3584.0, 0.0, (-260.0, -180.0), 11.5),
)
KICKOFFS = (
    kickoff("corner", -2048.0, -2560.0),
    kickoff("back", -256.0, -3840.0),
    kickoff("middle", 0.0, -4608.0),
)
MIXED = (Scenario("random actions", Body((X, X, FLOOR), yaw=(0.0, 360.0), speed=(0.0, 1400.0)), random_controls=True),)
AREAS = {
    "Driving": DRIVING,
    "Jumps and flips": JUMPING,
    "In the air": FLYING,
    "Walls and ceiling": WALLS,
    "The ball alone": BALL,
    "A car hits the ball": HITS,
    "Cars": CARS,
    "Boost pads": PADS,
    "Kickoffs": KICKOFFS,
    "Random actions": MIXED,
}
