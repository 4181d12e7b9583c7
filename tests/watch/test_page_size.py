"""What the page is built from, and how large it gets."""

import subprocess

import pytest
from support.policies import make_ppo, save, trained_state
from support.viewer import VIEWER, has_npm, install

from jaxrl.bots.players import make_player
from jaxrl.watch.page import page
from jaxrl.watch.recording import Match, record

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not has_npm(), reason="needs node and npm")
def test_the_script_is_built_from_its_source():
    """viewer.js is what build.sh makes of viewer/src."""
    install()
    built = VIEWER.parent / "jaxrl/watch/viewer.js"
    bundle = ["npx", "esbuild", "src/main.js", "--bundle", "--minify", "--format=iife", "--target=es2022"]
    done = subprocess.run([*bundle, "--legal-comments=none"], cwd=VIEWER, capture_output=True, text=True, check=True)
    assert built.read_text(encoding="utf-8").endswith(done.stdout)


@pytest.mark.parametrize("team_size", [1, 3])
def test_five_minutes_are_less_than_five_megabytes(tmp_path, team_size):
    """With the thoughts of all cars, and as many reward terms as the recipe `final` has."""
    ppo = make_ppo("relu", False, False, True, team_size)
    folder = save(tmp_path / "bot", ppo, trained_state(ppo))
    bot = make_player(str(folder), team_size, 8, 1, "numpy")
    terms = dict.fromkeys(("goal", "concede", "touch", "face_ball", "speed_to_ball", "ball_to_goal", "alignment"), 1.0)
    recorded = record(Match((bot, bot), team_size, 0), terms, seconds=300)
    assert len(recorded.rows) > 300 * 120 / bot.tick_skip
    assert len(page(recorded)) < 5 * 2**20
