"""The scenes themselves, see `scenes`: named for what happens in them.

Blue's first car acts, the others as they are told.
"""

from benchmarks.parity.scenario import Body, Plan, Scenario, drive, fly
from support.manoeuvres import BOOST, JUMP, NOTHING, RESTING, THROTTLE

TICK_SKIP = 8
FLY = fly(boost=1)
FAR = Body((2500, 4500, 17))
AIRBORNE = Body((0, -2000, 900))


def scene(name: str, car: Body, *actions: tuple[int, int], seconds: float, **more) -> Scenario:
    """What blue does, as actions and for how many decisions each."""
    return Scenario(name, car, in_turn(*actions), seconds=seconds, **more)


def in_turn(*actions: tuple[int, int]) -> Plan:
    """Actions one after the other, each for so many decisions; then nothing."""
    plan, at = [], 0
    for action, count in (*actions, (NOTHING, 0)):
        plan.append((at * TICK_SKIP / 120, action))
        at += count
    return tuple(plan)


def on_roof(y: float) -> Body:
    """A ball above a car that drives from (0, -2000) at 1000 uu/s, so far ahead of its middle."""
    return Body((0, -2000 + y, 150), velocity=(0, 1000, 0))


# a car on its back below the ball, which has no flip left after its double jump
BELOW = Body((0, 0, 900), roll=180, velocity=(0, 600, 700))
ABOVE = Body((0, 20, 1080), velocity=(0, 600, 250))
NO_FLIP = ((NOTHING, 1), (JUMP, 1), (NOTHING, 5))
KICKOFF = Body((0, -4608, 17))
TAKE_OFF = ((BOOST, 2), (fly(jump=1, boost=1), 1), (FLY, 1), (fly(pitch=-1, roll=1, jump=1, boost=1), 1))
HOP = ((NOTHING, 2), (JUMP, 1))

DUELS = (
    scene("driving", Body((0, -3000, 17)), (THROTTLE, 15), seconds=1.0),
    scene("standing", Body((-300, -2000, 17)), seconds=0.6, boost=0),
    scene("reversing", Body((0, -2000, 17), speed=-600), (drive(-1), 15), seconds=1.0),
    scene("away from the ball", Body((0, -2000, 17), yaw=-90, speed=600), (THROTTLE, 15), seconds=1.0, ball=RESTING),
    scene("at top speed", Body((-300, -3000, 17), speed=2295), (BOOST, 12), seconds=0.8, boost=100),
    scene("boost from rest", Body((-300, -3000, 17)), (BOOST, 9), seconds=0.6, boost=100),
    scene("a hop", Body((-300, -2000, 17), speed=800), *HOP, seconds=1.6),
    scene("a flip", Body((-300, -2000, 17), speed=800), *HOP, (NOTHING, 1), (fly(pitch=-1, jump=1), 1), seconds=2.2),
    scene("rolling in the air", AIRBORNE, (fly(roll=1), 12), seconds=0.8),
    scene("falling", AIRBORNE, seconds=0.8),
    scene("on the roof", Body((-300, -2000, 40), roll=180), seconds=0.6),
    scene("a small pad", Body((-2048, -1336, 17), speed=700), (THROTTLE, 9), seconds=0.6, boost=0),
    scene("a small pad, full", Body((-2048, -1336, 17), speed=700), (THROTTLE, 9), seconds=0.6, boost=100),
    scene("a large pad", Body((3584, -400, 17), speed=700), (THROTTLE, 9), seconds=0.7, boost=0),
    scene("a large pad, half full", Body((3584, -400, 17), speed=700), (THROTTLE, 9), seconds=0.7, boost=50),
    scene("a hard hit", Body((0, -1200, 17), speed=2200), (THROTTLE, 12), seconds=0.8, ball=RESTING),
    scene("a soft hit", Body((0, -300, 17), speed=450), seconds=1.2, ball=RESTING),
    scene("a block", Body((0, -1200, 17)), seconds=0.8, ball=Body((0, -600, 93.15), velocity=(0, -1500, 0))),
    scene("a bump", Body((0, -400, 17), speed=1300), (THROTTLE, 9), seconds=0.6, other=Body((0, 0, 17))),
    scene(
        "a demolition",
        Body((0, -600, 17), speed=2290),
        (BOOST, 6),
        seconds=1.0,
        boost=100,
        other=Body((0, 0, 17), yaw=0),
    ),
    # touches off the ground
    scene(
        "a touch after a jump",
        Body((0, -2000, 17)),
        *((NOTHING, 2), (JUMP, 3)),
        seconds=1.2,
        ball=Body((20, -2000, 330), velocity=(0, 0, -1)),
    ),
    scene(
        "an aerial",
        Body((0, -2000, 600), pitch=50, velocity=(0, 600, 600)),
        (FLY, 30),
        seconds=2.4,
        boost=100,
        ball=Body((0, -900, 1500), velocity=(0, 0, 300)),
    ),
    scene(
        "two touches of a flight",
        Body((0, -1000, 700), pitch=89, velocity=(0, 0, 200)),
        (FLY, 38),
        seconds=2.6,
        boost=100,
        ball=Body((0, -1000, 900), velocity=(0, 0, -300)),
    ),
    scene(
        "on the wall",
        Body((4079, -1500, 700), roll=90, speed=1400),
        (THROTTLE, 15),
        seconds=1.0,
        ball=Body((4000, -900, 720), velocity=(0, 100, 200)),
    ),
    scene(
        "an air dribble",
        Body((0, 1000, 900), pitch=40, velocity=(0, 900, 300)),
        (FLY, 20),
        seconds=1.0,
        boost=100,
        ball=Body((0, 1120, 1030), velocity=(0, 900, 300)),
    ),
    scene(
        "an air dribble to the own goal",
        Body((0, -1000, 900), yaw=-90, pitch=40, velocity=(0, -900, 300)),
        (FLY, 20),
        seconds=1.0,
        boost=100,
        ball=Body((0, -1120, 1030), velocity=(0, -900, 300)),
    ),
    # flip resets
    scene("a flip reset", BELOW, *NO_FLIP, seconds=0.8, boost=100, ball=ABOVE),
    scene("a reset of a car that never jumped", BELOW, seconds=0.8, boost=100, ball=ABOVE),
    scene(
        "an approach from far below",
        Body((0, 0, 600), roll=180, velocity=(0, 600, 1500)),
        *NO_FLIP,
        seconds=0.9,
        ball=Body((0, 0, 1200), velocity=(0, 600, 0)),
    ),
    scene(
        "an approach with the roof up",
        Body((0, 0, 600), velocity=(0, 600, 1000)),
        *NO_FLIP,
        seconds=0.9,
        ball=Body((0, 0, 1200), velocity=(0, 600, 0)),
    ),
    scene(
        "a reset used",
        BELOW,
        *NO_FLIP,
        *((fly(pitch=-1), 5), (FLY, 10), (fly(pitch=1, jump=1), 1)),
        seconds=2.2,
        boost=100,
        ball=ABOVE,
    ),
    scene(
        "a flip into the ball without a reset",
        Body((0, -600, 900)),
        *((NOTHING, 1), (fly(pitch=-1, jump=1), 1)),
        seconds=1.2,
        ball=Body((0, -350, 900), velocity=(0, 0, 10)),
    ),
    # mechanics
    scene("a dribble", Body((0, -2000, 17), speed=1000), (THROTTLE, 4), seconds=1.2, ball=on_roof(0)),
    scene(
        "a flick",
        Body((0, -2000, 17), speed=1000),
        *((NOTHING, 2), (JUMP, 3), (NOTHING, 5), (fly(pitch=1, jump=1), 1)),
        seconds=1.6,
        ball=on_roof(-40),
    ),
    scene(
        "a wavedash",
        Body((0, -2000, 17), speed=600),
        *HOP,
        (fly(pitch=1), 3),
        (NOTHING, 11),
        (fly(pitch=-1, jump=1), 1),
        (THROTTLE, 9),
        seconds=1.8,
    ),
    scene(
        "a wavedash within a decision",
        Body((0, -2000, 17), speed=600),
        *HOP,
        (fly(pitch=1), 1),
        (NOTHING, 14),
        (fly(pitch=-1, jump=1), 1),
        (THROTTLE, 9),
        seconds=1.8,
    ),
    scene(
        "a jump right after landing",
        Body((0, -2000, 17), speed=600),
        *HOP,
        (fly(pitch=1), 1),
        (NOTHING, 16),
        (fly(pitch=-1, jump=1), 1),
        (THROTTLE, 9),
        seconds=1.8,
    ),
    scene(
        "a half flip",
        Body((0, -2000, 17), speed=-900),
        *((drive(-1), 2), (JUMP, 1), (NOTHING, 1), (fly(pitch=1, jump=1), 2), (fly(pitch=-1), 4)),
        *((fly(pitch=-1, roll=1), 5), (THROTTLE, 15)),
        seconds=2.0,
    ),
    scene(
        "a backflip",
        Body((0, -2000, 17), speed=-900),
        *((drive(-1), 2), (JUMP, 1), (NOTHING, 1), (fly(pitch=1, jump=1), 1)),
        seconds=2.2,
    ),
    # kickoffs
    scene(
        "a speed flip",
        KICKOFF,
        *TAKE_OFF,
        (fly(pitch=1, boost=1), 6),
        (fly(pitch=1, roll=1, boost=1), 5),
        (BOOST, 10),
        seconds=2.6,
        boost=34,
        ball=RESTING,
        other=FAR,
    ),
    scene(
        "a flip that goes on",
        KICKOFF,
        *TAKE_OFF,
        (FLY, 11),
        (BOOST, 10),
        seconds=2.6,
        boost=34,
        ball=RESTING,
        other=FAR,
    ),
    # shots
    scene("a goal", Body((0, 2000, 17), speed=1200), (THROTTLE, 30), seconds=2.4, ball=Body((0, 2500, 93.15))),
    scene(
        "a shot beside the goal",
        Body((0, 2000, 17), yaw=45, speed=1200),
        (THROTTLE, 9),
        seconds=1.2,
        ball=Body((350, 2350, 93.15)),
    ),
    scene("a goal against", Body((-2000, 0, 17)), seconds=0.4, ball=Body((100, -4700, 300), velocity=(0, -2500, 100))),
    scene(
        "a save",
        Body((-800, -4700, 17), yaw=0, speed=1200),
        (THROTTLE, 18),
        seconds=1.2,
        ball=Body((100, -3200, 200), velocity=(0, -2000, 0)),
    ),
    scene("a clear", Body((0, -4800, 17), speed=1500), (THROTTLE, 9), seconds=1.0, ball=Body((0, -3800, 93.15))),
    scene(
        "backwards", Body((0, -2000, 17), yaw=-90, speed=1500), (THROTTLE, 9), seconds=1.2, ball=Body((0, -3000, 93.15))
    ),
    Scenario(
        "shadowing",
        Body((0, -1800, 17), speed=-800),
        in_turn((drive(-1), 15)),
        Body((0, -600, 93.15), velocity=(0, -800, 0)),
        Body((0, -400, 17), yaw=-90, speed=950),
        in_turn((THROTTLE, 15)),
        seconds=1.0,
    ),
)
# cars 0 and 2 are those of the first scenario, 1 and 3 of the second; the ball is that of the first
ALONG_THE_GOAL = Body((-1400, 4000, 17), yaw=0, speed=700)
BEFORE_THE_GOAL = Body((-1000, 4000, 93.15))
MEETS_IT = (THROTTLE, 30)
AWAY = Body((2500, -4500, 17))
DOUBLES = (
    (
        scene("a pass and a goal", ALONG_THE_GOAL, seconds=2.8, ball=BEFORE_THE_GOAL),
        scene("", Body((-280, 2000, 17), speed=700), MEETS_IT, seconds=2.8, other=AWAY),
    ),
    (
        scene("a pass and no goal", ALONG_THE_GOAL, seconds=2.8, ball=BEFORE_THE_GOAL),
        scene("", Body((-280, 2300, 17), speed=700), MEETS_IT, seconds=2.8, other=AWAY),
    ),
    (
        Scenario(
            "a pass to an opponent, whose own goal it is",
            ALONG_THE_GOAL,
            ball=BEFORE_THE_GOAL,
            other=Body((-280, 2000, 17), speed=700),
            other_plan=in_turn(MEETS_IT),
            seconds=2.8,
        ),
        scene("", Body((2500, -4000, 17)), seconds=2.8, other=AWAY),
    ),
    (
        scene("mates side by side", Body((0, -3000, 17)), seconds=0.6),
        scene("", Body((300, -3100, 17)), seconds=0.6, other=Body((2000, 1500, 17))),
    ),
)
