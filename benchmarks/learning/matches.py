"""Matches of a saved policy from standard kickoffs: what it did in each, against an opponent of fixed strength."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jax
import numpy as np

from jaxrl.bots.description import Description
from jaxrl.bots.players import make_opponent
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.config.load import load_config
from jaxrl.game.game import rocket_league
from jaxrl.game.rewards.basic import goals_by_car
from jaxrl.game.state import unpack
from jaxrl.matches.evaluation import evaluation_spec, policy_cars
from jaxrl.sim.cores import available_cores, most_workers
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.training.build import sim_spec

MATCHES = 64
GROUPS = 2
TERMS = ("touch",)


@dataclass(frozen=True)
class Tally:
    """What happened in each of M matches, `[M]` each; touches and goals are the policy's but for `against`."""

    minutes: float  # of game, each match
    touches: np.ndarray
    goals: np.ndarray
    against: np.ndarray

    def __add__(self, later: "Tally") -> "Tally":
        """The same matches, played on."""
        return Tally(
            self.minutes + later.minutes,
            self.touches + later.touches,
            self.goals + later.goals,
            self.against + later.against,
        )

    @property
    def wins(self) -> int:
        """Matches with more goals than the opponent."""
        return int((self.goals > self.against).sum())


class Ground:
    """Arenas for 64 matches of 1v1 at a time, half of them played as orange; tick skip and delay as in final.yaml."""

    def __init__(self, num_matches: int = MATCHES) -> None:
        self.config = load_config("configs/final.yaml", [f"evaluation.n_eval_episodes={num_matches}"])
        spec = evaluation_spec(sim_spec(self.config), self.config)
        self.env = RocketSimEnv(spec, most_workers(available_cores(), num_matches, GROUPS), GROUPS)
        self._mine = policy_cars(num_matches, 2)
        self._layout = (1, self.config.environment.tick_skip, "jax")  # of all who play here
        self._game = rocket_league(1, self.config.environment.tick_skip, TERMS)
        self._acts: dict[tuple[Description, str], object] = {}

    @cached_property
    def decisions_per_minute(self) -> int:
        """Of one car."""
        return round(60 * self.config.decisions_per_second)

    def kickoff(self, seed: int) -> None:
        """New matches; `seed` decides the policy's and the opponent's dice."""
        self._states = self.env.reset().copy()
        self._rng = np.random.default_rng(seed)

    def play(self, folder: Path | None, opponent: str, minutes: float) -> Tally:
        """Plays the matches on for `minutes` of game; `folder` holds a policy (sampled), None plays any action."""
        act = self._act(folder, opponent)
        decisions = round(minutes * self.decisions_per_minute)
        tally = np.zeros((3, self.env.num_envs))
        groups = list(enumerate(self.env.groups))
        for t in range(decisions + 1):
            for group, members in groups:
                if t:
                    tally[:, members] += self._receive(group, members)
                if t < decisions:
                    uniforms = self._rng.random((members.stop - members.start, 2, 2), np.float32)
                    self.env.send(group, np.asarray(act(self._states[members], uniforms, self._mine[members])))
        return Tally(minutes, *tally)

    def _receive(self, group: int, members: slice) -> np.ndarray:
        """Touches, goals and goals against of one decision of a group, `[3, group]`."""
        before, step = self._states[members], self.env.receive(group)
        after = np.where((step.terminated | step.truncated)[:, None], step.final_state, step.state)
        mine = self._mine[members]
        touches = self._game.rewards(before, after, np.zeros(mine.shape, np.int32))["touch"]
        goals = goals_by_car(unpack(before), unpack(after))
        counts = [(values * mine).sum(-1) for values in (touches, goals[..., 0], goals[..., 1])]
        self._states[members] = step.state
        return np.stack(counts)

    def _act(self, folder: Path | None, opponent: str) -> object:
        """Compiled once for all policies of one layout."""
        if folder is None:
            random = make_opponent("random", *self._layout)
            own, description, arrays = (lambda arrays, states, uniforms: random(states, uniforms)), None, {}
        else:
            policy = load_policy(folder)
            description, arrays = policy.description, policy.arrays
            own = lambda arrays, states, uniforms: Policy(description, arrays).act(states, uniforms)  # noqa: E731
        layout = (
            None
            if description is None
            else tuple(value for name, value in vars(description).items() if name not in ("env_steps", "jaxrl"))
        )
        if (layout, opponent) not in self._acts:
            theirs = make_opponent(opponent, *self._layout)

            def act(arrays: dict, states: jax.Array, uniforms: jax.Array, mine: jax.Array) -> jax.Array:
                chosen = own(arrays, states, uniforms[..., 0])
                return jax.numpy.where(mine, chosen, theirs(states, uniforms[..., 1]))

            self._acts[layout, opponent] = jax.jit(act)
        compiled = self._acts[layout, opponent]
        return lambda states, uniforms, mine: compiled(arrays, states, uniforms, mine)

    def close(self) -> None:
        """Frees the arenas."""
        self.env.close()
