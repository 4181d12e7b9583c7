"""RocketSim as RLBot tells it: a packet of every tick, made of all that RocketSim knows, beside what the trainer reads.

Other than the packets that rlbot_server makes of a trainer's rows, these know of jumps, dodges, timers, touches and
demolitions.
"""

from typing import Any, NamedTuple

import numpy as np
import RocketSim as rs
from rlbot import flat

from jaxrl.deploy.rlbot.vectors import axes
from jaxrl.game.field import NUM_PADS, PAD_PLACES
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.spec import Buffers, kickoff_spec
from support.rlbot_server import ACTIVE, COUNTDOWN, GOAL_SCORED, KICKOFF, REPLAY, rotator, vector

RESPAWN_SECONDS = 3.0
DODGE_SECONDS = 1.25  # after a jump, in which a second one or a dodge is possible
PAD_SECONDS = {False: 4.0, True: 10.0}  # until a small or a large pad is back
# RLBot orders pads by y, then x; RocketSim almost does. Packets of `tell` go with field_info(PADS)
PADS = sorted(range(NUM_PADS), key=lambda k: PAD_PLACES[k][::-1])


def match_spec(team_size, tick_skip=8, action_delay_ticks=1, seed=0):
    """As a match is watched."""
    return kickoff_spec(1, team_size, tick_skip, action_delay_ticks, seed)


def make_batch(spec):
    """The trainer's own arena, at a kickoff."""
    batch = ArenaBatch(spec, Buffers.allocate(spec), 0, spec.num_envs)
    batch.reset()
    return batch


def told_body(state):
    axes = state.rot_mat
    rotation = rotator(axes.forward.as_numpy(), axes.up.as_numpy())
    return flat.Physics(vector(state.pos), rotation, vector(state.vel), vector(state.ang_vel))


def told_car(car, wrecks_vanish=False, gone_ticks=None):
    """A car as RLBot tells it. Of a demolished one its server says that it is on the ground; where, nobody knows.

    `gone_ticks` says since when it is demolished, where RocketSim's own timer was stopped.
    """
    state = car.get_state()
    score = flat.ScoreInfo(demolitions=car.demos)
    if state.is_demoed:
        left = state.demo_respawn_timer if gone_ticks is None else max(RESPAWN_SECONDS - gone_ticks / 120, 0)
        return flat.PlayerInfo(
            physics=flat.Physics() if wrecks_vanish else told_body(state),
            dodge_timeout=-1.0,
            demolished_timeout=min(left, RESPAWN_SECONDS),
            team=int(car.team),
            score_info=score,
            latest_touch=told_touch(state),
        )
    left = DODGE_SECONDS - state.air_time_since_jump
    # the time for a dodge runs from the end of the jump's push, and on after it has been used
    runs = state.has_jumped and not state.is_jumping and not state.is_on_ground and left > 0
    axis = state.flip_rel_torque  # that the dodge turns about: where it goes is to the right of it
    return flat.PlayerInfo(
        physics=told_body(state),
        air_state=told_air_state(state),
        dodge_timeout=left if runs else -1.0,
        demolished_timeout=-1.0,
        team=int(car.team),
        boost=state.boost,
        is_supersonic=state.is_supersonic,
        has_jumped=state.has_jumped,
        has_double_jumped=state.has_double_jumped,
        has_dodged=state.has_flipped,
        dodge_elapsed=state.flip_time,
        dodge_dir=flat.Vector2(axis.y, -axis.x),  # of the latest dodge, also after landing
        last_input=told_input(state.last_controls),
        latest_touch=told_touch(state),
        score_info=score,
    )


def told_input(controls):
    return flat.ControllerState(
        controls.throttle,
        controls.steer,
        controls.pitch,
        controls.yaw,
        controls.roll,
        jump=controls.jump,
        boost=controls.boost,
        handbrake=controls.handbrake,
    )


def told_touch(state):
    """The latest one. RocketSim counts ticks from when the arena was made, and so does the clock of `tell`."""
    hit = state.ball_hit_info
    if not hit.is_valid:
        return None
    return flat.Touch(game_seconds=(hit.tick_count_when_hit + 1) / 120, location=vector(hit.relative_pos_on_ball))


def told_air_state(state):
    """RLBot's Jumping begins with the button, while the wheels still touch the ground."""
    if state.is_jumping:
        return flat.AirState.Jumping
    if state.is_on_ground:
        return flat.AirState.OnGround
    return flat.AirState.Dodging if state.is_flipping else flat.AirState.InAir


def pads_as_rlbot_orders_them(arena):
    return sorted(arena.get_boost_pads(), key=lambda pad: (pad.get_pos().y, pad.get_pos().x))


def told_pad(pad):
    """With the seconds since it was taken, which RLBot counts."""
    state = pad.get_state()
    return flat.BoostPadState(state.is_active, 0.0 if state.is_active else PAD_SECONDS[pad.is_big] - state.cooldown)


def tell(arena, cars, frame, phase=ACTIVE, order=None, with_ball=True, wrecks_vanish=False, gone_ticks=None):
    """The packet of this moment; `order[i]` is the car that RLBot calls player i, `gone_ticks` see `told_car`."""
    gone = [None] * len(cars) if gone_ticks is None else gone_ticks
    ball = flat.BallInfo(told_body(arena.ball.get_state()), flat.SphereShape(182.5))
    return flat.GamePacket(
        players=[told_car(cars[c], wrecks_vanish, gone[c]) for c in (range(len(cars)) if order is None else order)],
        boost_pads=[told_pad(pad) for pad in pads_as_rlbot_orders_them(arena)],
        balls=[ball] if with_ball else [],
        match_info=flat.MatchInfo(arena.tick_count / 120, match_phase=phase, frame_num=frame),
        teams=[flat.TeamInfo(0, arena.blue_score), flat.TeamInfo(1, arena.orange_score)],
    )


class Witness:
    """An arena in the trainer's hands that keeps the packet of every tick before it is played."""

    def __init__(self, arena: rs.Arena, cars: list[rs.Car], order=None, wrecks_vanish=False) -> None:
        self._arena, self._cars, self._order, self._wrecks_vanish = arena, cars, order, wrecks_vanish
        self.phase, self._shown = KICKOFF, False
        self.packets: list[flat.GamePacket] = []
        self._gone = [0] * len(cars)  # ticks since a car was demolished

    def look(self) -> None:
        """Keeps the packet of this tick now, before the trainer brings back cars that were demolished."""
        self.show(self.phase)
        self._shown = True

    def step(self, ticks: int) -> None:
        for _ in range(ticks):
            if not self._shown:
                self.show(self.phase)
            self._shown = False
            self._arena.step(1)
            demoed = [car.get_state().is_demoed for car in self._cars]
            self._gone = [(ticks + 1) * gone for ticks, gone in zip(self._gone, demoed, strict=True)]

    def show(self, phase, with_ball=True) -> None:
        """Another packet, of a game that stands still."""
        frame = len(self.packets)
        gone = [ticks - 1 for ticks in self._gone]  # in the tick of the demolition all of the time is left
        shown = tell(self._arena, self._cars, frame, phase, self._order, with_ball, self._wrecks_vanish, gone)
        self.packets.append(shown)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._arena, name)


class Moment(NamedTuple):
    """A tick of a recorded match."""

    packet: flat.GamePacket
    row: np.ndarray | None  # [F] what the trainer reads where it decides, None in other ticks
    played: bool  # False between a goal and the next kickoff


def record_a_goal(blue, orange, team_size, decisions, order=None, seed=4, is_fit=lambda state: True):
    """Moments of a match in which a goal falls and nobody is demolished: where a wreck is the bot knows to a tick only.

    See test_history for that. `seed` is that of the first match to be tried; `is_fit` has to hold of its states, too.
    """
    for number in range(seed, seed + 10):
        moments = record(match_spec(team_size, seed=number), blue, orange, decisions, order)
        rows = np.stack([moment.row for moment in moments if moment.row is not None])
        state = unpack(rows)
        if not all(moment.played for moment in moments) and not state.demoed.any() and is_fit(state):
            return moments
    raise AssertionError("no such match among ten")


def are_told_by_angles(state):
    """Whether the axes of all cars are those of their pitch, yaw and roll, to 2e-6.

    RocketSim's are a rotation to a few 1e-8 only: where a nose points straight up, angles do not tell them better.
    """
    given = np.stack([state.forward, state.up], -2).reshape(-1, 2, 3)
    return all(np.abs(axes(rotator(*pair)) - pair).max() < 2e-6 for pair in given)


def choose(player, states, uniforms):
    """What a player without memory does, `[N, C]`."""
    return player.act(None, states, np.zeros(len(states), bool), uniforms)[1]


def record(spec, blue, orange, decisions, order=None):
    """Moments of a match of two players without memory; 11 ticks of every phase that the game shows after a goal."""
    batch = make_batch(spec)
    witness = batch.arenas[0] = Witness(batch.arenas[0], batch.cars[0], order)
    rng = np.random.default_rng(spec.seed)
    rows, pauses = {}, []
    for _ in range(decisions):
        rows[len(witness.packets)] = batch.buffers.state[0].copy()
        uniforms = rng.random((1, spec.num_cars), np.float32)
        actions = choose(blue, batch.buffers.state, uniforms).copy()
        actions[:, spec.team_size :] = choose(orange, batch.buffers.state, uniforms)[:, spec.team_size :]
        batch.buffers.actions[:] = actions
        witness.look()
        batch.step()
        witness.phase = ACTIVE
        if batch.buffers.terminated[0]:
            for phase in (GOAL_SCORED, REPLAY, COUNTDOWN):
                pauses += range(len(witness.packets), len(witness.packets) + 11)
                for _ in range(11):
                    witness.show(phase, with_ball=phase != GOAL_SCORED)
            witness.phase = KICKOFF
    paused = set(pauses)
    return [Moment(packet, rows.get(i), i not in paused) for i, packet in enumerate(witness.packets)]
