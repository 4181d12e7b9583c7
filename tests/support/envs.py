"""Small environments behind the VecEnv protocol, and a loop that trains on them: what the trainer does, less RocketSim.

The probes isolate one fault each, as in rejax's test environments: an agent that fails one tells where to look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.game import Game
from jaxrl.game.state import unpack
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector
from jaxrl.sim.vec_env import Step
from jaxrl.training.step import compile_programs, step
from support.states import fill_scalars, rows

SMALL = (
    "network.actor=[32]",
    "network.critic=[32]",
    "network.activation=tanh",
    "normalization.observations=false",
    "normalization.returns=false",
    "accelerator.precision=float32",
)


def make_config(*overrides: str) -> Config:
    """final.yaml with a small network and what the test wants different; batch_size follows from the rest."""
    return load_config("configs/final.yaml", ["training.batch_size=null", *SMALL, *overrides])


def one_agent_game(reward: Callable[..., Any], num_actions: int = 2, state_size: int = 1) -> Game:
    """One agent that sees the raw state; `reward(states, next_states, actions)` is `[..., 1]`."""
    return Game(
        num_cars=1,
        state_size=state_size,
        obs_size=state_size,
        num_actions=num_actions,
        observe=lambda states: states[..., None, :],
        rewards=lambda states, next_states, actions: {"reward": reward(states, next_states, actions)},
        statistics=lambda states, next_states: {},
    )


class OneGroup:
    """The pipelined part of a VecEnv, for environments that only know how to `step` all of theirs at once."""

    @property
    def groups(self) -> tuple[slice, ...]:
        return (slice(0, self.num_envs),)

    def send(self, group: int, actions: np.ndarray) -> None:
        self.result = self.step(actions)

    def receive(self, group: int) -> Step:
        return self.result


@dataclass
class Probe(OneGroup):
    """A VecEnv whose state is one number. `move(state, actions, rng)` gives (next state, terminated), `[N]` each."""

    num_envs: int
    first: Callable[[np.random.Generator, int], np.ndarray]
    move: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    limit: int = 1_000_000  # decisions until an episode is truncated

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def reset(self) -> np.ndarray:
        self.state = self.first(self.rng, self.num_envs)
        self.age = np.zeros(self.num_envs, np.int64)
        return self.state[:, None].astype(np.float32)

    def step(self, actions: np.ndarray) -> Step:
        last, terminated = self.move(self.state, actions[:, 0])
        self.age += 1
        truncated = (self.age >= self.limit) & ~terminated
        done = terminated | truncated
        self.state = np.where(done, self.first(self.rng, self.num_envs), last)
        self.age[done] = 0
        as_rows = [x[:, None].astype(np.float32) for x in (self.state, last)]
        return Step(as_rows[0], terminated, truncated, as_rows[1])

    def get_state(self) -> Any:
        return self.state.copy(), self.age.copy(), self.rng.bit_generator.state

    def set_state(self, value: Any) -> None:
        self.state, self.age = value[0].copy(), value[1].copy()
        self.rng.bit_generator.state = value[2]

    def close(self) -> None:
        pass


def zeros(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.zeros(n)


def one_step(state: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every decision ends the episode."""
    return state, np.ones(len(state), np.bool_)


class CartPole(OneGroup):
    """Gymnasium's CartPole-v1, N of them."""

    def __init__(self, num_envs: int, seed: int) -> None:
        self.num_envs = num_envs
        self.envs = [gymnasium.make("CartPole-v1") for _ in range(num_envs)]
        self.seed = seed

    def reset(self) -> np.ndarray:
        return np.stack([env.reset(seed=self.seed + i)[0] for i, env in enumerate(self.envs)])

    def step(self, actions: np.ndarray) -> Step:
        last, _, terminated, truncated, _ = zip(
            *(env.step(int(a)) for env, a in zip(self.envs, actions[:, 0], strict=True)), strict=True
        )
        ended = np.array(terminated), np.array(truncated) & ~np.array(terminated)
        state = [env.reset()[0] if t or c else s for env, s, t, c in zip(self.envs, last, *ended, strict=True)]
        return Step(np.stack(state), *ended, np.stack(last))

    def close(self) -> None:
        for env in self.envs:
            env.close()


def train_on(env: Any, game: Game, config: Config, updates: int) -> tuple[PPO, TrainState, list[Metrics]]:
    """The trainer's loop without its surroundings."""
    ppo = PPO(config, game)
    state = jax.jit(ppo.init)()
    programs = compile_programs(ppo)
    slots = config.training.n_steps * env.num_envs
    collector = Collector(env, config.training.n_steps, game.num_cars, slots, config.training.seed)
    history = []
    for _ in range(updates):
        state, metrics, _ = step(programs, collector, state, {"reward": np.float32(1)})
        history.append(jax.device_get(metrics))
    return ppo, state, history


def value_of(ppo: PPO, state: TrainState, obs: float) -> float:
    """The critic's value of a one-number observation."""
    return float(ppo.network.apply(state.params, jnp.array([[obs]]), method="value")[0])


def probabilities(ppo: PPO, state: TrainState, obs: float) -> np.ndarray:
    """The policy in a one-number observation."""
    return np.asarray(jax.nn.softmax(ppo.network.apply(state.params, jnp.array([[obs]]), method="logits")[0]))


def random_rows(rng: np.random.Generator, lead: tuple[int, ...], num_cars: int) -> np.ndarray:
    """Raw states of Rocket League `[*lead, F]` with sensible magnitudes; nothing here looks at physics."""
    spreads = {"ball_position": 2000, "ball_velocity": 1500, "ball_angular_velocity": 3, "position": 2000}
    spreads |= {"forward": 0.6, "up": 0.6, "velocity": 1000, "angular_velocity": 2}
    result = rows(num_cars, lead)
    state = unpack(result)
    for name, spread in spreads.items():
        field = getattr(state, name)
        field[:] = rng.normal(size=field.shape) * spread
    state.pads[:] = rng.integers(2, size=state.pads.shape)
    fill_scalars(state, rng)
    return result


def rows_of_all_kinds(lead: tuple[int, ...], num_cars: int) -> np.ndarray:
    """Raw states `[*lead, F]` as of `random_rows`, in half of which cars drive or fly freely, some with empty tanks."""
    rng = np.random.default_rng(3)
    rows = random_rows(rng, lead, num_cars)
    state, half = unpack(rows), lead[0] // 2
    state.demoed[...] = rng.random(state.demoed.shape) < 0.1
    state.ticks_until_respawn[...] = rng.integers(7, 13, state.demoed.shape) * state.demoed
    state.ticks_since_kickoff[...] = rng.integers(0, 5, lead)
    state.pad_seconds[...] = rng.uniform(0, 3, state.pads.shape) * (1 - state.pads)
    places = state.position[:half]
    places[...] = rng.uniform((-3000, -4000, -1000), (3000, 4000, 1500), places.shape)
    places[..., 2] = np.maximum(places[..., 2], 17)
    state.up[:half], state.velocity[:half, ..., 2], state.angular_velocity[:half] = (0, 0, 1), 0, 0
    state.on_ground[...] = state.position[..., 2] == 17
    state.boost[...] *= rng.random(state.boost.shape) < 0.5
    for name in ("flip_time", "air_time", "air_time_since_jump"):
        getattr(state, name)[...] = rng.uniform(0, 1.9, state.boost.shape)
    state.ticks_since_contact[...] = rng.integers(0, 1000, state.boost.shape)
    return rows


class ToyCars(OneGroup):
    """A VecEnv with the raw states of Rocket League and arithmetic in place of its physics: restores bit for bit.

    Cars go where throttle and steer push them, the ball drifts; beyond the goal lines it scores.
    """

    def __init__(self, num_envs: int, num_cars: int, limit: int, seed: int = 0) -> None:
        self.num_envs, self.num_cars, self.limit = num_envs, num_cars, limit
        self.rng = np.random.default_rng(seed)

    def reset(self) -> np.ndarray:
        self.rows = random_rows(self.rng, (self.num_envs,), self.num_cars)
        self.age = np.zeros(self.num_envs, np.int64)
        return self.rows.copy()

    def step(self, actions: np.ndarray) -> Step:
        rows = self.rows.copy()
        state = unpack(rows)
        state.velocity[..., :2] = 0.9 * state.velocity[..., :2] + 200 * ACTION_TABLE[actions][..., :2]
        state.position[..., :2] += state.velocity[..., :2] / 15
        ticks = state.ticks_since_contact
        ticks[:] = np.where(self.rng.random(actions.shape) < 0.1, 0, ticks + 8)
        state.previous_action[:] = actions
        state.ball_velocity[:] += self.rng.normal(0, 300, (self.num_envs, 3))
        state.ball_position[:] += state.ball_velocity / 15
        y = state.ball_position[:, 1]
        state.score[:] += np.stack([y > 5120, y < -5120], axis=-1)
        self.age += 1
        terminated = np.abs(y) > 5120
        truncated = (self.age >= self.limit) & ~terminated
        done = terminated | truncated
        fresh = random_rows(self.rng, (self.num_envs,), self.num_cars)
        unpack(fresh).score[:] = state.score
        self.rows = np.where(done[:, None], fresh, rows)
        self.age[done] = 0
        return Step(self.rows.copy(), terminated, truncated, rows)

    def get_state(self) -> Any:
        return self.rows.copy(), self.age.copy(), self.rng.bit_generator.state

    def set_state(self, value: Any) -> None:
        self.rows, self.age = value[0].copy(), value[1].copy()
        self.rng.bit_generator.state = value[2]

    def close(self) -> None:
        pass
