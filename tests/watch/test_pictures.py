"""Pictures of a match by `jaxrl watch`: what is in them, and what becomes of them if something goes wrong."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from PIL import Image

from jaxrl.bots.players import make_player
from jaxrl.cli.main import run_command
from jaxrl.errors import UserError
from jaxrl.watch.chromium import NAMES, open_tab
from jaxrl.watch.page import page, read_page
from jaxrl.watch.pictures import PLAY, PREPARE, SHOW
from jaxrl.watch.recording import Match, record

DUEL = str(Path(__file__).parents[2] / "pretrained" / "duel")
SMALL = ["--width", "320"]
needs_chromium = pytest.mark.skipif(not any(map(shutil.which, NAMES)), reason="needs chromium")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffmpeg")


@pytest.fixture(scope="module")
def recording():
    """The chaser against a car that stands still, for a minute: goals fall."""
    chaser, idle = (make_player(name, 1, 8, 1, "numpy") for name in ("chaser", "idle"))
    return record(Match((chaser, idle), 1, seed=2), {"goal": 10.0}, seconds=60, title="chaser against idle")


@pytest.fixture(scope="module")
def match(recording, tmp_path_factory):
    """Its page."""
    path = tmp_path_factory.mktemp("match") / "match.html"
    path.write_text(page(recording), encoding="utf-8")
    return str(path)


def frames_of(path):
    frames = []
    with Image.open(path) as image:
        for k in range(getattr(image, "n_frames", 1)):
            image.seek(k)
            frames.append((image.convert("RGB").tobytes(), image.info.get("duration")))
        return image.size, frames


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_an_animated_picture(match, tmp_path, capsys, ending):
    """0.7 s, a frame every 0.07 s: ten, each another, shown for as long."""
    path = tmp_path / f"match.{ending}"
    assert run_command("watch", [match, "--gif", str(path), "--at", "10", "--length", "0.7", *SMALL]) == 0
    told = capsys.readouterr()
    assert (told.err, "second 10.0 to 10.7, 10 frames, 320 x 180" in told.out) == ("", True)
    size, frames = frames_of(path)
    assert size == (320, 180)
    assert len({pixels for pixels, _ in frames}) == len(frames) == 10
    assert {duration for _, duration in frames} == {70}
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.slow
@needs_chromium
@needs_ffmpeg
def test_a_film(match, tmp_path):
    """0.5 s at 30 frames a second; 162 x 92 is the nearest to 16:9 whose sides are even."""
    path = tmp_path / "match.mp4"
    assert run_command("watch", [match, "--mp4", str(path), "--at", "3", "--length", "0.5", "--width", "162"]) == 0
    asked = ["-v", "error", "-of", "json", "-show_entries", "stream=codec_name,width,height,pix_fmt,nb_frames,duration"]
    done = subprocess.run(["ffprobe", *asked, str(path)], capture_output=True, check=True)
    (stream,) = json.loads(done.stdout)["streams"]
    assert (stream["width"], stream["height"], stream["pix_fmt"], stream["nb_frames"]) == (162, 92, "yuv420p", "15")
    assert float(stream["duration"]) == pytest.approx(0.5)


@pytest.mark.slow
@needs_chromium
def test_a_picture_is_that_of_the_second(match, recording, tmp_path):
    """The same every time; the page's clock says the second; by default it is two seconds before the first goal."""
    pictures = []
    for at in (["--at", "12.5"], ["--at", "12.5"], ["--at", "20"], []):
        path = tmp_path / "match.png"
        assert run_command("watch", [match, "--png", str(path), *at, *SMALL]) == 0
        pictures.append(frames_of(path))
        assert pictures[-1][0] == (320, 180)
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2] != pictures[3] != pictures[0]
    goal = float(recording.seconds[recording.cuts][0])
    for second, picture in ((12.5, pictures[0]), (20, pictures[2]), (goal - 2, pictures[3])):
        with open_tab(320, 180) as tab:
            tab.load(read_page(Path(match)))
            time.sleep(0.5)  # a machine that is busy: the page must not play meanwhile
            end, goals, _ = tab.run(PREPARE % '"ball"')
            assert (end, goals[0]) == (pytest.approx(60), pytest.approx(goal))
            assert tab.run("viewer.time") == 0
            tab.run(SHOW % second)
            assert tab.run("document.getElementById('clock').textContent") == f"0:{int(second):02}"
            (tmp_path / "seen.png").write_bytes(tab.picture())
            assert frames_of(tmp_path / "seen.png") == picture
            assert tab.run("document.getElementById('board').getBoundingClientRect().top") >= 0
            assert tab.run("document.getElementById('field').getBoundingClientRect().height") == 180
            assert tab.run("document.getElementById('bar').getBoundingClientRect().height") == 0


@pytest.mark.slow
@needs_chromium
def test_a_film_ends_with_the_first_goal_and_shows_it(match, recording, tmp_path, capsys):
    """2 s: 0.8 up to the goal and 1.2 of it, the ball beyond the line, the score counted; then comes the kickoff."""
    path = tmp_path / "match.webp"
    assert run_command("watch", [match, "--gif", str(path), "--length", "2", *SMALL]) == 0
    goal = float(recording.seconds[recording.cuts][0])
    assert f"second {goal - 0.8:.1f} to {goal:.1f}, 29 frames" in capsys.readouterr().out
    with open_tab(320, 180) as tab:
        tab.load(read_page(Path(match)))
        tab.run(PREPARE % '"ball"')
        tab.run(SHOW % (goal - 0.8))
        seen = []
        for _ in range(28):  # the others of the film
            tab.run(PLAY % (0.07, 0.07))
            score = tab.run("document.getElementById('board').textContent")
            seen.append((score, abs(tab.run("viewer.ball.mesh.position.z")) > 5120))
        after = seen.count((f"1{score[1:-1]}0", True))
        assert 16 <= after <= 18, "for 1.2 s"
        assert seen[-1] == (f"1{score[1:-1]}0", True)
        assert {score[0] for score, _ in seen[:-after]} == {"0"}
        for _ in range(3):
            tab.run(PLAY % (0.07, 0.07))
        assert tab.run("viewer.ball.mesh.position.length()") < 500, "the kickoff"


@pytest.mark.slow
@needs_chromium
def test_a_bot_s_match_from_another_camera_and_its_page(tmp_path, capsys, monkeypatch):
    """A film ends with the match; without --out there is no page."""
    monkeypatch.chdir(tmp_path)
    short = [DUEL, "--minutes", "0.05", *SMALL]
    assert run_command("watch", [*short, "--gif", "a.webp", "--at", "2.5"]) == 0
    assert "second 2.5 to 3.0, 7 frames" in capsys.readouterr().out
    assert run_command("watch", [*short, "--png", "a.png", "--camera", "top", "--out", "match.html"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.webp", "match.html"]
    assert run_command("watch", ["match.html", *SMALL, "--png", "b.png", "--camera", "top"]) == 0
    assert Path("b.png").read_bytes() == Path("a.png").read_bytes()
    assert run_command("watch", ["--start", "aerial", *SMALL, "--png", "c.png", "--at", "1"]) == 0


@pytest.mark.slow
@needs_chromium
def test_a_second_after_the_match_is_one_line(match, tmp_path, capsys):
    assert run_command("watch", [match, "--png", str(tmp_path / "a.png"), "--at", "61"]) == 2
    assert capsys.readouterr().err == "--at 61: the match ends at 60 s\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@needs_chromium
def test_a_page_that_cannot_be_drawn_is_one_line(match, tmp_path, capsys):
    """One whose match lacks what the viewer needs."""
    broken = tmp_path / "match.html"
    broken.write_text(Path(match).read_text(encoding="utf-8").replace('"poses"', '"no_poses"'), encoding="utf-8")
    assert run_command("watch", [str(broken), "--png", str(tmp_path / "a.png")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("the page cannot be drawn: TypeError: ")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["match.html"]


def drawing(match, path):
    """A process that draws a long film, with the processes of its browser, once that has started."""
    command = [sys.executable, "-m", "jaxrl", "watch", match, "--gif", str(path), "--at", "0", "--length", "30"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(browser := psutil.Process(process.pid).children(recursive=True)) < 4:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return process, browser


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped_it_leaves_no_browser_and_no_file(match, tmp_path, monkeypatch, number, code):
    """Killed, of files only the browser's profile, among temporary ones."""
    path = tmp_path / "match.gif"
    path.write_bytes(b"old")
    with TemporaryDirectory() as temporary:  # Chromium wants a short path
        monkeypatch.setenv("TMPDIR", temporary)
        process, browser = drawing(match, path)
        with process:
            time.sleep(3)
            process.send_signal(number)
            assert process.wait(30) == code
            assert process.communicate() == ("", "")
        assert psutil.wait_procs(browser, timeout=30)[1] == []
        left = [each.name[:6] for each in Path(temporary).iterdir()]
        assert left == (["jaxrl-"] if number == signal.SIGKILL else [])
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["match.gif"]


@pytest.mark.slow
@needs_chromium
def test_a_browser_that_dies_is_one_line(match, tmp_path):
    process, browser = drawing(match, tmp_path / "match.gif")
    with process:
        time.sleep(1)
        browser[0].kill()
        assert process.wait(30) == 2
        assert process.communicate() == ("", "Chromium ended before the picture was made\n")
    assert not list(tmp_path.iterdir())


def test_of_a_page_the_match_alone_is_taken(match, tmp_path):
    """It may be a stranger's."""
    text = Path(match).read_text(encoding="utf-8")
    strange = tmp_path / "strange.html"
    strange.write_text(text.replace("<body>", "<body><script>fetch('https://example.com')</script>"), encoding="utf-8")
    assert read_page(strange) == text


@pytest.mark.parametrize(
    "text", ["", "<html></html>", '<script id="match" type="application/json">{"title": 1</script>', "{}", "[" * 9999]
)
def test_another_page_is_one_line(tmp_path, text):
    path = tmp_path / "other.html"
    path.write_text(text)
    with pytest.raises(UserError, match="not a page of a match"):
        read_page(path)


@needs_chromium
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            [DUEL, "--live", "--png", "a.png"],
            "--gif, --mp4, --png: are of a match that is played to its end; leave out",
        ),
        (["{match}"], "is a page: open it in a browser, or ask for --gif, --mp4 or --png"),
        (["{match}", "--png", "a.png", "--seed", "2"], "--seed: {match} holds a match that was played before"),
        (["{match}", "--png", "a.png", "--opponent", "chaser"], "--opponent: {match} holds a match"),
        (["{match}", "--png", "a.png", "--team-size", "2"], "--team-size: {match} holds a match"),
        (["none.html", "--png", "a.png"], "none.html: cannot be read (No such file or directory)"),
    ],
)
def test_what_does_not_go_together_is_one_line(match, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert run_command("watch", [each.format(match=match) for each in arguments]) == 2
    out, error = capsys.readouterr()
    assert message.format(match=match) in error
    assert (out, error.count("\n")) == ("", 1)
    assert not list(tmp_path.iterdir())
