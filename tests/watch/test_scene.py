"""What the page draws of a match, in real Chromium: read from the scene, or from the pixels it drew."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.browser import chromium, has_chromium
from jaxrl.bots.players import make_player
from jaxrl.game.field import BALL_REST_HEIGHT
from jaxrl.game.state import unpack
from jaxrl.watch.page import fill, page
from jaxrl.watch.recording import Match, record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver"),
]
SHOW = "viewer.playing = false; viewer.seek(viewer.match.times[arguments[0]]); viewer.draw();"
# how many pixels of the picture differ when a change is made, and undone
DIFFERENT = """
    const read = () => {
        viewer.draw();
        const gl = viewer.renderer.getContext(), [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
        const data = new Uint8Array(4 * w * h);
        gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, data);
        return new Uint32Array(data.buffer);
    };
    const different = (change, undo) => {
        const before = read();
        change();
        const after = read();
        undo();
        return after.reduce((count, pixel, k) => count + (pixel !== before[k]), 0);
    };
"""


@pytest.fixture(scope="module")
def recording():
    """Two against two, with goals."""
    players = tuple(make_player(name, 2, 8, k, "numpy") for k, name in enumerate(("chaser", "idle")))
    return record(Match(players, 2, seed=1), {"goal": 10.0, "touch": 1.0}, seconds=45, title="two chasers")


@pytest.fixture(scope="module")
def browser(recording, tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "match.html"
    path.write_text(page(recording), encoding="utf-8")
    with chromium(1200, 700) as browser:
        browser.get(path.as_uri())
        yield browser
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []


def press(browser, key):
    browser.execute_script("window.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0]}))", key)


def free_flights(recording):
    """Frames where the ball is highest before it falls to the floor untouched, and the last before it lands."""
    state = unpack(recording.rows)
    height, touched = state.ball_position[:, 2], (state.ticks_since_contact == 0).any(-1)
    lands = np.flatnonzero((height[1:-1] < 250) & (state.ball_velocity[1:-1, 2] < 0) & (state.ball_velocity[2:, 2] > 0))
    for last in lands + 1:
        first = last
        while first > 1 and height[first - 1] > BALL_REST_HEIGHT + 30 and not touched[first - 2 : first + 1].any():
            first -= 1
        places = np.abs(state.ball_position[first : last + 3, :2])  # away from walls, whose feet are round
        inside = (places < (3700, 4700)).all() and (places.sum(-1) < 7500).all()
        highest = first + int(np.argmax(height[first : last + 1]))
        if recording.seconds[last] - recording.seconds[highest] > 0.25 and height[highest] > 200 and inside:
            yield highest, last


def test_the_ring_is_where_the_ball_lands(recording, browser):
    """Told in the air, compared with RocketSim: the last frame before it bounces, and as far as it flies from there."""
    state, flights = unpack(recording.rows), list(free_flights(recording))
    assert len(flights) >= 3, flights
    for first, last in flights:
        x, y, z = state.ball_position[last]
        vx, vy, vz = state.ball_velocity[last]
        left = (vz + np.sqrt(vz**2 + 2 * 650 * max(z - 92.75, 0))) / 650
        browser.execute_script(SHOW, int(first))
        told = browser.execute_script("const r = viewer.ball.ring; return r.visible && r.position.toArray()")
        assert told, first
        assert np.hypot(told[0] - (x + left * vx), told[2] - (y + left * vy)) < 60, (first, last)
    browser.execute_script(SHOW, 0)
    assert not browser.execute_script("return viewer.ball.ring.visible"), "a ball at rest"


def test_a_goal_lights_up_after_a_goal_in_it_alone(recording, browser):
    cuts = np.flatnonzero(recording.cuts)
    assert len(cuts) > 0
    cut = int(cuts[0])
    conceded = 1 - int(np.argmax(recording.scores[cut] - recording.scores[cut - 1]))
    for frame, lit in ((cut - 15, 0), (cut + 5, 1), (cut + 60, 0)):
        browser.execute_script(SHOW, frame)
        light = browser.execute_script("return viewer.nets.map((net) => net.lit)")
        assert (light[conceded] > 0.5) == bool(lit), frame
        assert light[1 - conceded] == 0


def test_pads_are_dark_while_they_are_taken(recording, browser):
    active = unpack(recording.rows).pads > 0
    frame = int(np.argmin(active.sum(-1)))
    assert 0 < active[frame].sum() < active.shape[1]
    for shown in (0, frame):
        browser.execute_script(SHOW, shown)
        red = browser.execute_script(
            "const red = []; for (const {numbers, mesh, stays} of viewer.pads.lamps) if (stays)"
            " numbers.forEach((number, k) => (red[number] = mesh.instanceColor.getX(k))); return red;"
        )
        np.testing.assert_array_equal(np.array(red) > 0.5, active[shown])


def test_a_car_shows_what_it_does(recording, browser):
    """Flame and trail when it boosts, streaks when it is supersonic, wheels that roll, names that are everybody's."""
    state = unpack(recording.rows)
    speed = np.linalg.norm(state.velocity, axis=-1)[:, 0]
    boosts = (np.diff(state.boost[:, 0]) < 0) & (state.boost[1:, 0] > 5)
    frame = int(np.flatnonzero(boosts[20:-2] & boosts[21:-1])[0]) + 21
    trails = "const t = viewer.cars[arguments[0]].trails.ribbons; return [t.boost.count, t.left.count]"
    browser.execute_script(SHOW, frame)
    assert browser.execute_script("return viewer.cars.map((car) => car.flame.visible)")[0]
    assert browser.execute_script(trails, 0)[0] > 2
    assert browser.execute_script(trails, 2) == [0, 0], "it stands still"
    fast = np.flatnonzero((speed[2:] > 2220) & (speed[1:-1] > 2220) & (speed[:-2] > 2220)) + 2
    slow = np.flatnonzero((speed < 2000) & (np.roll(speed, 1) < 2000) & (np.roll(speed, -1) < 2000))
    assert len(fast) > 0
    browser.execute_script(SHOW, int(fast[0]))
    assert browser.execute_script(trails, 0)[1] > 1
    browser.execute_script(SHOW, int(slow[10]))
    assert browser.execute_script(trails, 0)[1] == 0
    turned = browser.execute_script(
        "const angle = (car) => viewer.cars[car].wheels[0].mesh.rotation.z, before = [angle(0), angle(2)];"
        "viewer.seek(viewer.match.times[arguments[0]] + 0.03); viewer.draw();"
        "viewer.seek(viewer.time + 0.03); viewer.draw(); return [angle(0) - before[0], angle(2) - before[1]];",
        20,
    )
    assert abs(turned[0]) > 0.1
    assert turned[1] == pytest.approx(0, abs=0.05)
    names = browser.execute_script("return [...document.querySelectorAll('.car b')].map((name) => name.textContent)")
    assert names == ["chaser 1", "chaser 2", "idle 1", "idle 2"]
    boost = browser.execute_script("return [...document.querySelectorAll('.car em')].map((text) => +text.textContent)")
    shown = browser.execute_script("return viewer.match.frame(viewer.time).index")
    np.testing.assert_array_equal(boost, state.boost[shown].round())


def test_names_are_as_large_from_any_distance(browser):
    """Pixels that a name changes, from 1500 uu and from 9000 uu: alike to a tenth, where a car would be a 36th."""
    counts = browser.execute_script(
        DIFFERENT + "viewer.playing = false; viewer.seek(viewer.match.start); viewer.look('free'); viewer.draw();"
        "const only = (shown) => viewer.cars.forEach((car, k) => (car.tag.group.children.forEach("
        " (part) => (part.visible = shown && k === 0))));"
        "return [1500, 9000].map((away) => { const at = viewer.cars[0].body.position, {aim, orbit} = viewer.cameras;"
        " orbit.target.copy(at); aim.position.set(at.x, at.y + 0.6 * away, at.z - 0.8 * away); only(false);"
        " viewer.draw(); const count = different(() => only(true), () => only(false));"
        " viewer.cars.forEach((car) => car.tag.group.children.forEach((part) => (part.visible = true)));"
        " return count; })"
    )
    assert counts[0] > 500
    assert counts[1] == pytest.approx(counts[0], rel=0.1)


def test_spin_shows_on_the_ball(browser):
    """Turned by 30 degrees, a good part of its picture is another."""
    share = browser.execute_script(
        DIFFERENT + "viewer.playing = false; viewer.seek(viewer.match.start); viewer.look('free');"
        "viewer.cameras.aim.position.set(-500, 300, 0); viewer.cameras.orbit.target.set(0, 93, 0);"
        "viewer.draw(); const {mesh} = viewer.ball;"
        "const hidden = different(() => (mesh.visible = false), () => (mesh.visible = true));"
        "return different(() => mesh.rotateY(0.5), () => mesh.rotateY(-0.5)) / hidden;"
    )
    assert share > 0.3


def test_keys(browser):
    """Each does what the panel says, and the panel says all of them."""
    press(browser, "?")
    listed = browser.execute_script("return [...document.querySelectorAll('#help dt')].map((key) => key.textContent)")
    assert {"space", "1", "5", "c", "n", "t", "h", "?"} <= set(listed)
    hidden = "return document.getElementById('help').hidden"
    assert not browser.execute_script(hidden)
    press(browser, "?")
    assert browser.execute_script(hidden)
    brightness = (
        "viewer.look('top'); viewer.draw(); const gl = viewer.renderer.getContext(), data = new Uint8Array(40000);"
        "gl.readPixels(200, 200, 100, 100, gl.RGBA, gl.UNSIGNED_BYTE, data);"
        "return data.reduce((sum, value) => sum + value, 0) / data.length;"
    )
    day = browser.execute_script(brightness)
    press(browser, "n")
    night = browser.execute_script(brightness)
    press(browser, "n")
    assert night < day - 15
    assert browser.execute_script(brightness) == pytest.approx(day, abs=1)
    hitboxes = "return viewer.cars.map((car) => car.hitbox.visible)"
    assert not any(browser.execute_script(hitboxes))
    press(browser, "h")
    assert all(browser.execute_script(hitboxes))
    sizes = "viewer.look('top'); viewer.draw(); return [viewer.cars[0].model.scale.x, viewer.ball.mesh.scale.x]"
    assert browser.execute_script(sizes) == [1, 1]
    press(browser, "h")
    assert min(browser.execute_script(sizes)) > 1, "larger from afar"
    press(browser, "t")
    assert not any(browser.execute_script("viewer.draw(); return viewer.cars.map((car) => car.tag.group.visible)"))
    press(browser, "t")
    browser.execute_script("viewer.select(0)")
    press(browser, "c")
    assert browser.execute_script("return [viewer.car, +document.getElementById('car').value]") == [1, 1]
    press(browser, "5")
    assert browser.execute_script("return viewer.cameras.name") == "goal"


def test_a_camera_moves_smoothly_but_does_not_follow_a_kickoff(recording, browser):
    """To another camera it takes 0.7 s; across a goal, after which cars stand elsewhere, no time."""
    place = "return viewer.cameras.camera.position.toArray()"
    # in one go, as the page draws by itself in between
    moves = browser.execute_script(
        SHOW + "viewer.select(0); viewer.look('top'); viewer.draw(); viewer.look('ball');"
        "return [0, 0.2, 0.6, undefined].map((passed) => { viewer.draw(passed);"
        " return viewer.cameras.camera.position.toArray(); })",
        5,
    )
    top, early, late, there = np.array(moves)
    way = np.linalg.norm(there - top)
    assert 0.01 * way < np.linalg.norm(early - top) < 0.4 * way
    np.testing.assert_allclose(late, there, atol=0.01 * way)
    cut = int(np.flatnonzero(recording.cuts)[0])
    browser.execute_script(SHOW, cut - 1)
    after = "viewer.seek(viewer.match.times[arguments[0]] + 0.01); viewer.draw(0.016);"
    moving = browser.execute_script(after + place, cut + 1)
    np.testing.assert_allclose(moving, browser.execute_script(f"viewer.draw(); {place}"), atol=1)


@pytest.mark.parametrize("width", [700, 1200])
def test_nothing_lies_over_the_field_and_rewards_are_reachable(browser, width):
    screen = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    box = (
        "const r = document.getElementById(arguments[0]).getBoundingClientRect();"
        "return [r.left, r.top, r.right, r.bottom]"
    )
    field, side, bar, *over = (
        browser.execute_script(box, name) for name in ("field", "side", "bar", "title", "board", "panels")
    )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    for other in (side, bar, *over):
        assert min(field[2], other[2]) <= max(field[0], other[0]) or min(field[3], other[3]) <= max(field[1], other[1])
    assert side[2] - side[0] > 200
    assert side[3] <= 700
    assert side[3] - over[2][1] > 60, "at least one chart is in sight"
    assert field[3] - field[1] > 200


def test_a_name_does_not_hide_the_ball(recording, browser):
    """Seen from behind the first car: where the other stands in line with the ball, and where it is far to the side."""
    state = unpack(recording.rows)
    to_ball, to_car = (each[:, :2] - state.position[:, 0, :2] for each in (state.ball_position, state.position[:, 1]))
    sizes = np.linalg.norm(to_ball, axis=-1) * np.linalg.norm(to_car, axis=-1)
    angle = np.arccos(np.clip((to_ball * to_car).sum(-1) / sizes, -1, 1))
    far = np.linalg.norm(to_car, axis=-1) > 1500
    for frame, hides in ((np.argmin(np.where(far, angle, 9)), True), (np.argmax(np.where(far, angle, 0)), False)):
        browser.execute_script(SHOW + "viewer.look('ball'); viewer.draw()", int(frame))
        assert browser.execute_script("return viewer.cars[1].tag.label.material.opacity < 0.5") == hides, frame


def test_old_recordings_open(browser, tmp_path):
    """As they lie in the docs, written by earlier versions."""
    for recorded in sorted(Path(__file__).parents[2].glob("docs/skills/*.json"))[:2]:
        match = json.loads(recorded.read_text(encoding="utf-8"))
        path = tmp_path / f"{recorded.stem}.html"
        path.write_text(fill(match, match["title"]), encoding="utf-8")
        browser.get(path.as_uri())
        places = browser.execute_script(SHOW + "return viewer.cars.map((car) => car.body.position.toArray())", 30)
        assert np.isfinite(places).all()
        assert browser.execute_script("return viewer.renderer.info.render.triangles") > 5000
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
