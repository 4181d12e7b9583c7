"""`evaluation.record`: every evaluation of a real run leaves a page, and TensorBoard says where."""

import re

import pytest
from support.cli import TINY, run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


@pytest.mark.slow
def test_every_evaluation_leaves_a_match(tmp_path, cache):
    settings = TINY | cache | {"evaluation.record": "true", "evaluation.opponent": "chaser"}
    done = run(settings | {"rewards.aerial": "0"}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (logs,) = (tmp_path / "logs").iterdir()
    pages = {int(path.stem.removeprefix("match_")): path for path in (logs / "matches").iterdir()}
    events = EventAccumulator(str(logs))
    events.Reload()
    evaluated = [event.step for event in events.Scalars("eval/mean_reward")]
    assert sorted(pages) == evaluated != []
    texts = [event.tensor_proto.string_val[0].decode() for event in events.Tensors("matches/text_summary")]
    for text, (steps, path) in zip(texts, sorted(pages.items()), strict=True):
        content = path.read_text(encoding="utf-8")
        title = re.search("<title>(.*)</title>", content)[1]
        assert re.fullmatch(rf"bot after {steps:,} steps \d+ : \d+ chaser", title)
        assert text.startswith(title)
        assert str(path) in text
        assert '"goal"' in content
        assert '"aerial"' not in content
