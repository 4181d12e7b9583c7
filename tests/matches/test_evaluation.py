"""Matches against fixed opponents: what is counted, for whom, and that training never notices."""

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import OneGroup, make_config, random_rows
from support.evaluations import WEIGHTS, always, evaluator, make_ppo, with_evaluation
from support.policies import save
from support.states import rows

from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.bots.scripted import chase
from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.layout import LAYOUT
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import LONG_AGO, pack, unpack
from jaxrl.matches.evaluation import Record, evaluation_spec, summarize
from jaxrl.matches.play import both_sides
from jaxrl.sim.vec_env import Step
from jaxrl.training.build import sim_spec


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def state(ppo):
    return jax.jit(ppo.init)()


@pytest.mark.parametrize(("num_envs", "num_cars"), [(2, 2), (4, 2), (6, 4), (16, 6)])
def test_the_policy_plays_both_sides_equally(num_envs, num_cars):
    mine = both_sides(num_envs, num_cars)
    assert mine.shape == (num_envs, num_cars)
    blue, orange = mine[:, : num_cars // 2], mine[:, num_cars // 2 :]
    np.testing.assert_array_equal(blue.all(1), blue.any(1), "a side is played by one")
    np.testing.assert_array_equal(blue[:, 0], ~orange[:, 0])
    np.testing.assert_array_equal(orange.all(1), orange.any(1))
    assert blue[:, 0].sum() == num_envs / 2


def test_counts_of_a_hand_made_match(ppo):
    """Blue's matches 0 and 1, orange's 2 and 3; three decisions each; match 1 goes on after a goal with a kickoff."""
    states = rows(lead=(4, 4), ticks_since_contact=LONG_AGO)
    score = states[..., :2]
    score[1:, 0] = 1, 0  # match 0: blue scores at once, then once more; orange once: 2:1, won
    score[2:, 0] = 1, 1
    score[3:, 0] = 2, 1
    score[2:, 1] = 0, 1  # match 1: 0:1, lost
    score[1:, 2] = 0, 2  # match 2: 0:2 with orange as the policy: won
    score[2:, 3] = 1, 1  # match 3: 1:1
    unpack(states).ticks_since_contact[1, 2, 1] = 0  # match 2: a touch by orange, the policy's car
    unpack(states).ticks_since_contact[1, 3, 0] = 0  # match 3: a touch by blue, the opponent's car
    # match 1: the goal is seen in the last state of the episode; it ended with a touch by blue, the policy's car
    next_states = states[1:].copy()
    unpack(next_states).ticks_since_contact[1, 1, 0] = 0
    record = Record(states[:-1], next_states, np.zeros((3, 4, 2), np.int32), np.zeros((3, 4), np.bool_))
    sums = jax.device_get(jax.jit(partial(summarize, ppo, both_sides(4, 2)))(record, WEIGHTS))
    assert (int(sums["wins"]), int(sums["draws"])) == (2, 1)
    assert float(sums["goals_for"]) == (2 + 0 + 2 + 1) / 4
    assert float(sums["goals_against"]) == (1 + 1 + 0 + 1) / 4
    # 2 touches in 4 matches of 3 decisions, 15 decisions a second
    assert float(sums["touches_per_minute"]) == pytest.approx(2 / (4 * 3) * 15 * 60)
    # 5 goals at 10, 3 against at -3, 2 touches at 2
    assert float(sums["mean_reward"]) == pytest.approx((50 - 9 + 4) / 4)


def test_terms_with_memory_are_scored_too(ppo):
    """The n-th decision of an episode gives n; the policy's cars get 1 + 2 + 3 in one match, 1 + 2 + 1 in the other."""

    @with_memory(0.0)
    def count(carry, state, next_state, actions):
        return carry + 1, carry + 1

    ended = np.array([[0, 0], [0, 1], [0, 0]], np.bool_)
    record = Record(rows(lead=(3, 2)), rows(lead=(3, 2)), np.zeros((3, 2, 2), np.int32), ended)
    counting = replace(ppo, game=replace(ppo.game, memory_terms={"count": count}))
    sums = summarize(counting, both_sides(2, 2), record, WEIGHTS | {"count": np.float32(10)})
    without = summarize(ppo, both_sides(2, 2), record, WEIGHTS)
    assert float(sums["mean_reward"] - without["mean_reward"]) == pytest.approx(10 * (6 + 4) / 2)


def test_a_goal_counts_once_however_many_cars_a_team_has():
    ppo = make_ppo("environment.team_size=2")
    states = rows(num_cars=4, lead=(2, 2))
    states[1, :, 0] = 1  # blue scores in both; the policy is blue in the first
    record = Record(states[:1], states[1:], np.zeros((1, 2, 4), np.int32), np.zeros((1, 2), np.bool_))
    sums = jax.device_get(jax.jit(partial(summarize, ppo, both_sides(2, 4)))(record, WEIGHTS))
    assert {name: float(sums[name]) for name in ("goals_for", "goals_against", "wins", "draws")} == {
        "goals_for": 0.5,
        "goals_against": 0.5,
        "wins": 1,
        "draws": 0,
    }
    assert float(sums["mean_reward"]) == pytest.approx((10 - 3) / 2), "a mean over cars, not their sum"


@dataclass
class Scripted(OneGroup):
    """8 matches that end 1:0, 0:0 and so on at the first decision, whatever the cars do; remembers what they did."""

    blue: tuple[int, ...]
    orange: tuple[int, ...]
    first: np.ndarray

    def __post_init__(self) -> None:
        self.num_envs = len(self.blue)

    def reset(self) -> np.ndarray:
        self.actions = []
        return self.first.copy()

    def step(self, actions: np.ndarray) -> Step:
        self.actions.append(actions.copy())
        rows = self.first.copy()
        unpack(rows).score[:] = np.stack([self.blue, self.orange], axis=1)
        never = np.zeros(self.num_envs, bool)
        return Step(rows, never, never, rows)

    def close(self) -> None:
        pass


def test_win_rate_and_its_interval(ppo, state):
    """3 of 8 won, 1 drawn. Wilson: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)."""
    # as blue: won, lost, won, drawn; as orange: lost, won, lost, lost
    env = Scripted((1, 0, 2, 0, 1, 0, 1, 2), (0, 1, 0, 0, 0, 2, 0, 0), rows(lead=(8,)))
    evaluation = evaluator(with_evaluation(ppo, match_seconds=0.2), ppo, env)(state, WEIGHTS)
    assert len(env.actions) == 3
    assert (evaluation.win_rate, evaluation.draw_rate) == (3 / 8, 1 / 8)
    # for: 1 0 2 0 and 0 2 0 0; against: 0 1 0 0 and 1 0 1 2
    assert (evaluation.goals_for, evaluation.goals_against) == (5 / 8, 5 / 8)
    p, n, z = 3 / 8, 8, 1.959963984540054
    middle, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    expected = [(middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)]
    np.testing.assert_allclose([evaluation.win_rate_low, evaluation.win_rate_high], expected, rtol=1e-6)
    np.testing.assert_allclose(expected, [0.1368, 0.6943], atol=1e-4)


def turned(states: np.ndarray) -> np.ndarray:
    """The same 1v1 situations with the sides exchanged: the field turned by 180 degrees."""
    turn = np.array([-1, -1, 1], np.float32)
    values = []
    for field, value in zip(LAYOUT.fields, unpack(states), strict=True):
        value = value[:, ::-1] if field.of_car or field.name in ("score", "pads") else value
        values.append(value * turn if field.size == 3 else value)
    return pack(LAYOUT.table(*values))


@pytest.mark.parametrize("opponent", ["idle", "random", "chaser"])
def test_both_sides_are_the_same_game(ppo, state, opponent):
    """Greedy: in a turned situation the policy does as orange what it does as blue; so does an opponent that looks."""
    rows = random_rows(np.random.default_rng(0), (8,), 2)
    env = Scripted((0,) * 16, (0,) * 16, np.concatenate([rows, turned(rows)]))
    config = with_evaluation(ppo, match_seconds=0.05, opponent=opponent, greedy=True)
    sharper = state.replace(params=jax.tree.map(lambda leaf: 50 * leaf, state.params))
    evaluator(config, ppo, env)(sharper, WEIGHTS)
    (actions,) = env.actions
    own, other = (np.where(both_sides(16, 2), *pair).sum(1) for pair in ((actions, 0), (0, actions)))
    chosen = np.asarray(jax.jit(ppo.logits)(sharper.params, sharper.obs_stats, rows)).argmax(-1).astype(np.int32)
    greedy = ppo.game.to_world(rows, chosen)[:, 0]
    np.testing.assert_array_equal(own, [*greedy, *greedy])
    assert len(set(greedy)) > 2
    if opponent == "idle":
        assert not ACTION_TABLE[other].any()
    elif opponent == "chaser":
        np.testing.assert_array_equal(other, [*chase(rows)[:, 1]] * 2)
    else:
        assert len(set(other)) > 8


def test_the_averaged_weights_play_where_there_are_any(ppo, state):
    """The last weights steer left all the time, their average right."""
    left, right = always(state, 0), always(state, 7)
    both = left.replace(mean_params=right.params)
    env = Scripted((0,) * 8, (0,) * 8, rows(lead=(8,)))
    evaluate = evaluator(with_evaluation(ppo, match_seconds=0.1, opponent="idle", greedy=True), ppo, env)
    played = []
    for each in (left, right, both):
        evaluate(each, WEIGHTS)
        played.append(env.actions[0])
    assert (played[0] != played[1]).any()
    np.testing.assert_array_equal(played[2], played[1])


def test_sampled_actions_differ_between_evaluations(ppo, state):
    """The draws are keyed by the update; the same update gives the same match."""
    env = Scripted((0,) * 8, (0,) * 8, rows(lead=(8,)))
    evaluate = evaluator(with_evaluation(ppo, match_seconds=0.2, opponent="random", greedy=False), ppo, env)
    played = []
    for update in (1, 1, 2):
        evaluate(state.replace(updates=jnp.int32(update)), WEIGHTS)
        played.append(np.stack(env.actions))
    np.testing.assert_array_equal(played[0], played[1])
    for mine in (both_sides(8, 2), ~both_sides(8, 2)):
        assert (played[0] != played[2])[:, mine].any()


def test_a_checkpoint_as_opponent(ppo, state, tmp_path):
    """The policy of a folder drives the other cars, and only these."""
    save(tmp_path / "old", ppo, always(state, 17))
    assert load_policy(tmp_path / "old").description.team_size == 1
    env = Scripted((0,) * 8, (0,) * 8, rows(lead=(8,)))
    config = with_evaluation(ppo, match_seconds=0.2, opponent=str(tmp_path / "old"))
    evaluator(config, ppo, env)(always(state, 5), WEIGHTS)
    np.testing.assert_array_equal(np.stack(env.actions), np.where(both_sides(8, 2), 5, 17)[None].repeat(3, 0))


@pytest.mark.parametrize("kind", ["misspelt", "empty folder", "other team size"])
def test_an_opponent_that_cannot_play_is_one_line(ppo, state, tmp_path, kind):
    name, config = str(tmp_path), ppo.config
    if kind == "misspelt":
        name = "chasser"
    elif kind == "other team size":
        name = str(save(tmp_path / "duel", ppo, state))
        config = make_config("environment.team_size=2")
    with pytest.raises(UserError) as caught:
        make_player(name, config.environment.team_size, 8, 1, "jax")
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert len(message.splitlines()) == 1
    expected = {
        "misspelt": "no such player; did you mean chaser? It must be idle, random, chaser, striker, racer, the folder",
        "empty folder": "policy.json: cannot be read",
        "other team size": "plays 1 cars a side, not 2",
    }
    assert expected[kind] in message


def test_kickoffs_are_not_those_of_training(ppo):
    spec = replace(sim_spec(ppo.config), first_episode=640)
    config = with_evaluation(ppo, n_eval_episodes=6)
    played = evaluation_spec(spec, config, make_player("idle", 1, 8, 1, "jax"))
    # no limit of training's may put a bot that lost the ball back on a kickoff: not in a day of game
    assert min(played.max_episode_ticks, played.no_touch_ticks) > 24 * 3600 * 120
    assert played.fields is None, "an opponent of one's own may read whatever a row holds"
    limits = dict(fields=None, max_episode_ticks=played.max_episode_ticks, no_touch_ticks=played.no_touch_ticks)
    starts = dict(start_states=(("kickoff", 1.0),), augment_starts=False, seed=spec.seed + 1_000_003)
    assert played == replace(spec, num_envs=6, **starts, **limits)
