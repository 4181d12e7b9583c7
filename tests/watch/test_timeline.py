"""The timeline and the switches of the page, in real Chromium, against the recording as Python reads it."""

import numpy as np
import pytest
from support.match_page import SHOW, press

from benchmarks.tools.browser import has_chromium
from jaxrl.watch.figures import EVENTS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver"),
]


def test_the_timeline_jumps(recording, browser):
    """Marks stand where goals and events were; a click and the keys go to a moment before them."""
    browser.execute_script(SHOW, "rewards", 0)
    marks = browser.execute_script("return viewer.timeline.events.map(({time, kind, team}) => [time, kind, team])")
    expected = []
    for k in np.flatnonzero(recording.cuts):
        expected.append((recording.seconds[k], "goal", int(np.argmax(recording.scores[k] - recording.scores[k - 1]))))
    for bit, kind in enumerate(EVENTS):
        frames, cars = np.nonzero((recording.events >> bit) & 1)
        if kind != "touch":
            expected += [(recording.seconds[k], kind, int(car)) for k, car in zip(frames, cars, strict=True)]
    rounded = [sorted((round(time, 3), *rest) for time, *rest in events) for events in (marks, expected)]
    assert rounded[0] == rounded[1]
    goals = [time for time, kind, _ in marks if kind == "goal"]
    assert goals
    browser.execute_script(
        "document.querySelector('.event[data-kind=goal]').dispatchEvent(new PointerEvent('pointerdown'))"
    )
    assert browser.execute_script("return viewer.time") == pytest.approx(max(goals[0] - 4, 0))
    browser.execute_script("viewer.seek(0)")
    press(browser, ".")
    first = browser.execute_script("return viewer.time")
    assert 0 < first <= marks[0][0]
    press(browser, ".")
    assert browser.execute_script("return viewer.time") > first
    press(browser, ",")
    press(browser, ",")
    assert browser.execute_script("return viewer.time") <= first


def test_a_goal_is_seen_again_in_slow_motion(browser):
    """From 0.1 s before a goal on: back, slower, from over the goal; then as before. Off, it plays on."""
    step = "viewer.time = viewer.goals[0].time - 0.1; viewer.time = viewer.replay.pass(viewer.time + 0.2);"
    look = "return [viewer.goals[0].time - viewer.time, viewer.speed, viewer.cameras.name, viewer.replay.running]"
    browser.execute_script("viewer.playing = false; viewer.look('ball'); viewer.speed = 1")
    assert browser.execute_script(step + look)[0] < 0, "off"
    press(browser, "r")
    before, speed, camera, running = browser.execute_script(step + look)
    assert (before > 2, speed < 0.5, camera, running) == (True, True, "goal", True)
    browser.execute_script("viewer.time = viewer.replay.pass(viewer.goals[0].time + 0.01)")
    assert browser.execute_script(look)[1:] == [1, "ball", False]
    press(browser, "r")


def test_the_other_car_in_a_picture_of_its_own(browser):
    """It changes that corner alone."""
    browser.execute_script(SHOW, "rewards", 300)
    corner = (
        "viewer.draw(); const gl = viewer.renderer.getContext();"
        "const [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];"
        "return [0.8, 0.3].map((x) => { const data = new Uint8Array(400 * 4);"
        " gl.readPixels(x * w, h - 60, 20, 20, gl.RGBA, gl.UNSIGNED_BYTE, data); return [...data]; })"
    )
    without = browser.execute_script(corner)
    press(browser, "p")
    assert browser.execute_script("return document.getElementById('inset').textContent") == "chaser"
    inset = browser.execute_script(corner)
    press(browser, "p")
    assert inset[0] != without[0]
    assert inset[1] == without[1]
    assert browser.execute_script(corner) == without
