"""RLBot says when each player's latest touch was; what follows of it, worked out by hand."""

from rlbot import flat

from jaxrl.deploy.rlbot.ball_touches import BallTouches
from jaxrl.game.layout import LONG_AGO


def watched(touches, speed, *seconds, ball_index=0):
    """The ball moves along x, and every player's latest touch was at these seconds."""
    touches.watch(
        flat.GamePacket(
            players=[flat.PlayerInfo(latest_touch=s and flat.Touch(s, ball_index=ball_index)) for s in seconds],
            balls=[flat.BallInfo(flat.Physics(velocity=flat.Vector3(speed, 0, 0)))],
        )
    )


def test_the_first_touch_of_a_decision():
    """Player 1 touches, then player 0, then player 1 again."""
    touches = BallTouches()
    watched(touches, 100, None, None)
    watched(touches, 200, None, 3.0)
    watched(touches, 300, None, 3.0)
    watched(touches, 400, 3.1, 3.0)
    assert (touches.first, touches.before, touches.after) == ({1}, (100, 0, 0), (200, 0, 0))
    assert touches.ball_touched
    assert [touches.ticks_since_contact(i, 8) for i in (0, 1)] == [0, 0]
    touches.begin_decision(8)
    assert (touches.first, touches.before, touches.after) == (set(), (0, 0, 0), (0, 0, 0))
    watched(touches, 500, 3.1, 3.2)
    assert (touches.first, touches.before, touches.after) == ({1}, (400, 0, 0), (500, 0, 0))
    assert [touches.ticks_since_contact(i, 16) for i in (0, 1)] == [8, 0]
    touches.begin_decision(16)
    assert [touches.ticks_since_contact(i, 27) for i in (0, 1)] == [19, 11]


def test_two_cars_in_one_tick():
    touches = BallTouches()
    watched(touches, 0, 1.0, None)
    watched(touches, 900, 2.0, 2.0)
    assert touches.first == {0, 1}


def test_touches_before_the_kickoff_are_no_touches():
    """Nor is one that came while packets were lost, or before the bot joined."""
    touches = BallTouches()
    watched(touches, 0, 1.0, 2.0)
    assert not touches.ball_touched
    touches.start_episode()
    watched(touches, 0, 1.0, 5.0)
    watched(touches, 0, 1.0, 5.0)
    assert not touches.ball_touched
    assert not touches.first
    assert touches.ticks_since_contact(1, 24) == LONG_AGO + 24


def test_another_ball_or_none():
    touches = BallTouches()
    watched(touches, 0, None)
    watched(touches, 0, 4.0, ball_index=1)
    assert not touches.ball_touched
    touches.watch(flat.GamePacket(players=[flat.PlayerInfo(latest_touch=flat.Touch(5.0))]))
    assert touches.after == (0, 0, 0)


def test_somebody_joins():
    touches = BallTouches()
    watched(touches, 0, 1.0)
    watched(touches, 0, 2.0, 1.0)
    assert not touches.ball_touched
