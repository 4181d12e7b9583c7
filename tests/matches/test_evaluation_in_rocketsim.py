"""Evaluations on RocketSim: counted again from raw states, with bots that have other timing."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from support.evaluations import WEIGHTS, always, evaluator, make_ppo, with_evaluation
from support.policies import save

from jaxrl.bots.players import make_player
from jaxrl.bots.scripted import STRAIGHT_BOOST, Random
from jaxrl.game.state import unpack
from jaxrl.matches.evaluation import EvalResult, Evaluator, evaluation_spec
from jaxrl.matches.play import both_sides
from jaxrl.sim.engine import make_env
from jaxrl.training.build import sim_spec


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def state(ppo):
    return jax.jit(ppo.init)()


def test_real_matches_counted_again_from_their_raw_states(ppo, state, engine):
    """A policy that boosts straight on from kickoffs against idle cars: it hits the ball from one place in five."""
    config = with_evaluation(ppo, match_seconds=6, n_eval_episodes=32, greedy=True)
    recorded = []
    idle = make_player("idle", 1, 8, 1, "jax")
    with make_env(engine, evaluation_spec(sim_spec(ppo.config), config, idle), 0) as env:
        plain_receive, plain_reset = env.receive, env.reset

        def receive(group):
            result = plain_receive(group)
            recorded.append(np.where((result.terminated | result.truncated)[:, None], result.final_state, result.state))
            starts.append(result.state.copy())
            return result

        def reset():
            starts.append(plain_reset().copy())
            return starts[-1]

        starts = []
        env.receive, env.reset = receive, reset
        evaluation = evaluator(config, ppo, env)(always(state, STRAIGHT_BOOST), WEIGHTS)
    assert len(recorded) == 90
    before, after = unpack(np.stack(starts[:-1])), unpack(np.stack(recorded))
    mine = both_sides(32, 2)
    touched = (after.ticks_since_contact == 0) & (before.ticks_since_contact >= 60)
    touches = touched.sum(0)[mine]
    assert touches[:16].any(), "as blue"
    assert touches[16:].any(), "as orange"
    assert evaluation.touches_per_minute == pytest.approx(touches.sum() / (32 * 6 / 60))
    goals = after.score[-1] - before.score[0]
    scored = np.where(mine[:, 0], goals[:, 0], goals[:, 1])
    conceded = goals.sum(1) - scored
    assert evaluation.goals_for == pytest.approx(scored.mean())
    assert evaluation.goals_against == pytest.approx(conceded.mean())
    assert evaluation.win_rate == (scored > conceded).mean()
    offset = after.ball_position[:, :, None] - after.position
    speed = (after.velocity * offset).sum(-1) / np.linalg.norm(offset, axis=-1)
    assert evaluation.speed_to_ball == pytest.approx(speed[:, mine].mean(), rel=1e-4)
    reward = (10 * scored - 3 * conceded + 2 * touches).mean()
    assert evaluation.mean_reward == pytest.approx(reward, rel=1e-4)
    assert isinstance(evaluation, EvalResult)


def test_a_bot_trained_with_another_delay_plays_with_its_own(ppo, state, tmp_path, engine):
    """Trained with 5 ticks, in the evaluation of a run with 1: what either chose at tick 0 acts from tick 5 and 1."""
    later = make_ppo("environment.action_delay_ticks=5")
    name = str(save(tmp_path / "later", later, always(state, 16)))
    config = with_evaluation(ppo, match_seconds=0.2, n_eval_episodes=2, greedy=True, opponent=name)
    opponent = make_player(config.evaluation.opponent, 1, 8, 1, "jax")
    sent = []
    with make_env(engine, evaluation_spec(sim_spec(ppo.config), config, opponent), 0) as env:
        plain_send = env.send
        env.send = lambda group, actions: (sent.append(actions.copy()), plain_send(group, actions))
        Evaluator(config, ppo, env, opponent)(always(state, STRAIGHT_BOOST), WEIGHTS)
        assert (env.spec.tick_skip, env.spec.action_delay_ticks) == (1, 0)
    mine, theirs = ([step[both_sides(2, 2) == own].tolist() for step in sent] for own in (True, False))
    assert mine == [[8, 8]] * 1 + [[STRAIGHT_BOOST] * 2] * 23
    assert theirs == [[8, 8]] * 5 + [[16, 16]] * 19


def test_an_opponent_of_another_timing_plays_with_its_own(ppo, state, engine):
    """It decides every 12 ticks without delay, in arenas of single ticks; rewards stay a decision's."""
    config = with_evaluation(ppo, match_seconds=4, n_eval_episodes=2, greedy=True)
    results = []
    for opponent in (make_player("idle", 1, 12, 0, "jax"), make_player("idle", 1, 8, 1, "jax")):
        spec = evaluation_spec(sim_spec(ppo.config), config, opponent)
        assert (spec.tick_skip, spec.action_delay_ticks) == ((1, 0) if opponent.tick_skip == 12 else (8, 1))
        with make_env(engine, spec, 0) as env:
            results.append(Evaluator(config, ppo, env, opponent)(always(state, STRAIGHT_BOOST), WEIGHTS))
    assert results[0].speed_to_ball > 100, "whatever kickoffs were drawn"
    counted, figures = zip(*((replace(each, figures={}, opponent={}), each.figures) for each in results), strict=True)
    assert counted[0] == counted[1], "idle is idle at any timing"
    assert figures[0] == pytest.approx(figures[1], rel=1e-4, nan_ok=True)


def test_an_opponent_that_decides_more_often_has_random_numbers_to_the_end(ppo, state):
    """24 decisions of the policy, 48 of its opponent, which draws every one of them."""
    config = with_evaluation(ppo, match_seconds=24 / 15, n_eval_episodes=2, greedy=True)
    drawn = []

    class Drawing(Random):
        def choose(self, states, uniforms):
            drawn.append(np.array(uniforms))
            return super().choose(states, uniforms)

    opponent = Drawing(4, 1)
    with make_env("rocketsim2", evaluation_spec(sim_spec(ppo.config), config, opponent), 0) as env:
        Evaluator(config, ppo, env, opponent)(always(state, STRAIGHT_BOOST), WEIGHTS)
    assert len(np.unique(drawn, axis=0)) == 48
