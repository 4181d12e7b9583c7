"""What a recording says of a match: figures so far, events, thoughts; compared with the match computed in one go."""

from dataclasses import replace

import numpy as np
import pytest
from support.policies import make_ppo, save, trained_state

from jaxrl.bots.critic import CRITIC_FILE, load_critic
from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.errors import UserError
from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.figures import measure, values
from jaxrl.game.state import unpack
from jaxrl.watch.figures import EVENTS, LABELS, SHOWN
from jaxrl.watch.page import encode
from jaxrl.watch.recording import Match, MatchRecorder, join, record
from jaxrl.watch.words import words


@pytest.fixture(scope="module")
def match():
    return Match(tuple(make_player(name, 1, 8, 1, "numpy") for name in ("chaser", "idle")), 1, seed=3)


@pytest.fixture(scope="module")
def recording(match):
    return record(match, {"goal": 1.0}, seconds=60)


def test_figures_are_those_of_the_whole_match(match, recording):
    """At the end what `measure` gives for all decisions at once; a rate as so many a minute, for a minute."""
    moments = []
    for moment in match.moments():
        moments.append(moment)
        if moment.seconds > 59.99:
            break
    before, after, actions, ended = (
        np.stack([getattr(moment, name) for moment in moments])
        for name in ("states", "next_states", "actions", "ended")
    )
    sums = measure(SHOWN, before, after, actions, ended, 8)
    assert sum(recording.score) > 0
    for car in range(2):
        expected = values(SHOWN, sums, 8, np.arange(2)[None] == car)
        for k, figure in enumerate(SHOWN):
            scale = 100 if LABELS[k].unit == "%" else 1
            np.testing.assert_allclose(
                recording.figures[-1, car, k], scale * expected[figure.name], rtol=1e-3, err_msg=figure.name
            )


def test_figures_and_events_count_as_the_states_do(recording):
    """Goals are the score, boost what the tank was at the ends of decisions; events add up to figures."""
    named = {each.name: recording.figures[..., k] for k, each in enumerate(LABELS)}
    np.testing.assert_array_equal(named["goals scored"], recording.scores)
    state, kickoffs = unpack(recording.rows), np.flatnonzero(recording.cuts) + 1
    decisions = np.delete(np.arange(len(recording.rows)), [0, *kickoffs])
    half = decisions[: len(decisions) // 2]
    assert named["boost held"][half[-1], 0] == pytest.approx(state.boost[half, 0].mean(), rel=1e-3)
    for event, figure in (("touch", "touches"), ("shot", "shots"), ("save", "saves"), ("demolition", "demos")):
        flags = (recording.events >> [*EVENTS].index(event)) & 1
        np.testing.assert_array_equal(flags.cumsum(0), named[figure])
    assert named["touches"][-1, 0] > 3
    assert np.isnan(named["highest touch"][0]).all()


def test_a_live_match_counts_as_a_recorded_one(match):
    moments, played = [], match.moments()
    while len(moments) < 300:
        moments.append(next(played))
    whole = MatchRecorder(match, {}).record(moments, "")
    live = MatchRecorder(match, {})
    parts = join([live.record([moment], "") for moment in moments])
    np.testing.assert_array_equal(parts.figures, whole.figures)
    np.testing.assert_array_equal(parts.events, whole.events)
    live.forget_score()
    assert live.record([next(played)], "").figures[0, 0, 0] == 0, "another bot begins anew"


def test_scripted_players_think_nothing(recording):
    assert not recording.shares.any()
    assert np.isnan(recording.values).all()
    assert "likely" not in encode(recording)


@pytest.mark.parametrize("shared", [False, True])
def test_thoughts_are_those_of_the_network_in_training(tmp_path, shared):
    """Probabilities and value of a checkpoint, by Flax from its parameters; orange is a scripted player."""
    ppo = make_ppo("relu", True, shared, True, 1)
    state = trained_state(ppo)
    folder = save(tmp_path / "bot", ppo, state)
    bot = make_player(str(folder), 1, ppo.config.environment.tick_skip, 1, "numpy")
    timing = bot.tick_skip, bot.action_delay_ticks
    played = record(Match((bot, make_player("chaser", 1, *timing, "numpy")), 1, 0), {}, seconds=2)
    logits = np.asarray(ppo.logits(state.params, state.obs_stats, played.rows))[:, 0]
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(played.shares[:, 0], -np.sort(-shares, -1)[:, :5], atol=1e-4)
    obs = bot.policy.normalize(bot.policy.observe(played.rows))
    expected = np.asarray(ppo.network.apply(state.params, obs, method="value"))
    np.testing.assert_allclose(played.values[:, 0], expected[:, 0], rtol=1e-3, atol=1e-4)
    assert not played.shares[:, 1].any()
    assert np.isnan(played.values[:, 1]).all()
    drawn = unpack(played.rows).previous_action[1:, 0]
    assert (drawn[:, None] == played.likely[:-1, 0]).any(-1).mean() > 0.1

    (folder / CRITIC_FILE).write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"critic\.npz: cannot be read"):
        load_critic(folder, bot.policy)
    (folder / CRITIC_FILE).unlink()  # as in checkpoints of earlier versions
    assert load_critic(folder, load_policy(folder)) is None
    old = replace(bot, critic=None)
    without = record(Match((old, old), 1, 0), {}, seconds=1)
    assert np.isnan(without.values).all()
    assert without.shares.all()


def test_actions_in_words():
    """No two actions of the standard table are called the same."""
    assert words(8) == "nothing"
    assert words(EVERY_ACTION.tolist().index([1, -1, 0, -1, 0, 0, 1, 0])) == "boost, left"
    assert words(EVERY_ACTION.tolist().index([0, 0, -1, 0, 0, 1, 0, 1])) == "jump, nose down, handbrake"
    assert words(EVERY_ACTION.tolist().index([-0.5, 0, 0, 0, 0, 0, 0, 0])) == "half reverse"
    assert len({words(action) for action in range(90)}) == 90
