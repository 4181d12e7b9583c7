"""The tabs of the page, in real Chromium, against the recording as Python reads it."""

import json
import re

import numpy as np
import pytest
from support.match_page import SHOW, TABS, point, press
from support.viewer import has_npm, install

from benchmarks.tools.browser import chromium, has_chromium
from jaxrl.game.state import unpack
from jaxrl.watch.figures import LABELS
from jaxrl.watch.words import words

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver"),
]


def test_rewards_are_stacked_and_hover_names_the_term(recording, browser):
    """At ten decisions, in the middle of each area from zero on: its term, its value, and the time."""
    found = 0
    for frame in range(100, 1000, 97):
        browser.execute_script(SHOW, "rewards", frame)
        order = browser.execute_script("return viewer.tabs.view.order")
        reached = {1: 0.0, -1: 0.0}
        for term in order:
            value = float(recording.rewards[frame, 0, term])
            if abs(value) < 0.01:
                reached[1 if value > 0 else -1] += value
                continue
            side = 1 if value > 0 else -1
            place = browser.execute_script(
                "const p = viewer.tabs.view.plots[0], t = viewer.match.times;"
                "return [p.x((t[arguments[0]] + t[arguments[0] - 1]) / 2), p.y(arguments[1]), p.high, p.low]",
                *(frame, reached[side] + value / 2),
            )
            reached[side] += value
            if not place[3] < reached[side] < place[2]:
                continue  # beyond the scale
            said = point(browser, "#panels .plot", *place[:2])
            assert said.startswith(f"{recording.terms[term]} {'+' if value > 0 else chr(0x2212)}{abs(value):.3f} at"), (
                frame
            )
            found += 1
    assert found > 8
    total = float(recording.rewards[frame, 0].sum())
    shown = browser.execute_script("return document.querySelector('.total b').textContent")
    assert float(shown.replace("\u2212", "-")) == pytest.approx(total, abs=6e-4)


def test_a_click_on_a_chart_goes_there_and_the_legend_hides_a_term(recording, browser):
    browser.execute_script(SHOW, "rewards", 300)
    x, y = browser.execute_script("const p = viewer.tabs.view.plots[0]; return [p.x(p.start + 3), p.y(0)]")
    wanted = browser.execute_script("return viewer.tabs.view.plots[0].start + 3")
    point(browser, "#panels .plot", x, y, "click")
    assert browser.execute_script("return viewer.time") == pytest.approx(wanted, abs=0.1)
    browser.execute_script(SHOW, "rewards", 300)
    term = recording.terms.index("face_ball")
    button = "[...document.querySelectorAll('.term')].find((each) => each.textContent.startsWith('face_ball'))"
    total = "viewer.draw(); return document.querySelector('.total b').textContent.replace('\u2212', '-')"
    before = float(browser.execute_script(total))
    browser.execute_script(f"{button}.click()")
    assert float(browser.execute_script(total)) == pytest.approx(before - recording.rewards[300, 0, term], abs=1.1e-3)
    browser.execute_script(f"{button}.click()")
    assert float(browser.execute_script(total)) == before


def test_both_cars_share_a_scale(browser):
    browser.execute_script(SHOW, "rewards", 300)
    scales = browser.execute_script("return viewer.tabs.view.plots.map(({low, high}) => [low, high])")
    assert len(scales) == 2
    assert scales[0] == scales[1]


@pytest.mark.parametrize("frame", [0, 400, -1])
def test_figures_are_those_of_the_recording(recording, browser, frame):
    """To half a step; what was recorded last in that second or before."""
    frame %= len(recording.rows)
    browser.execute_script(SHOW, "figures", frame)
    rows = browser.execute_script(
        "return [...document.querySelectorAll('.figures tbody tr')].map("
        " (row) => [...row.cells].map((cell) => cell.textContent))"
    )
    second = np.floor(recording.seconds[frame])
    sampled = frame if frame + 1 == len(recording.rows) else int(np.flatnonzero(recording.seconds >= second)[0])
    assert len(rows) == len(LABELS)
    for k, (each, (name, *cells)) in enumerate(zip(LABELS, rows, strict=True)):
        assert name.startswith(each.name)
        for car, cell in enumerate(cells):
            value = recording.figures[sampled, car, k]
            if np.isnan(value):
                assert cell == "\u2013"
            else:
                assert float(cell.replace(",", "")) == pytest.approx(value, abs=each.step * 0.51), name


def test_boost_and_speed_are_drawn(recording, browser):
    """What the pointer is told is what the states say."""
    browser.execute_script(SHOW, "boost & speed", 500)
    state = unpack(recording.rows)
    for k, values in enumerate((state.boost, np.linalg.norm(state.velocity, axis=-1))):
        x = browser.execute_script(
            "const p = viewer.tabs.view.plots[arguments[0]]; return p.x(viewer.match.times[520] + 0.01)", k
        )
        said = point(browser, f"#tab-boost-\\&-speed-panel .plot:nth-of-type({k + 1})", x, 60)
        told = [float(part.split()[1]) for part in said.replace(" at ", ", at ").split(", ")[:2]]
        # speed is that of the way between two frames
        np.testing.assert_allclose(told, values[520], atol=(0.51, 150)[k])


def test_the_field_shows_where_cars_were_and_touches(recording, browser):
    browser.execute_script(SHOW, "field", 500)
    counts = browser.execute_script("return viewer.tabs.view.maps.map(({counts}) => [...counts])")
    state = unpack(recording.rows)
    for car in range(2):
        y, x = state.position[:, car, 1], state.position[:, car, 0]
        column = np.clip((y + 5120) // 256, 0, 39).astype(int)
        row = np.clip((4096 - x) // 256, 0, 31).astype(int)
        here = state.demoed[:, car] == 0
        expected = np.bincount((row * 40 + column)[here], minlength=40 * 32)
        assert np.abs(np.array(counts[car]) - expected).sum() <= 0.01 * len(recording.rows)  # on the edge of a cell
    touches = browser.execute_script("return viewer.tabs.view.maps.map(({touches}) => touches.map(({index}) => index))")
    assert sorted(touches[1]) == np.flatnonzero(recording.events[:, 1]).tolist()
    assert len(touches[1]) > 3
    spot = browser.execute_script(
        "const view = viewer.tabs.view, {canvas} = view.maps[1];"
        "const [right, up] = viewer.match.ballPlace(view.maps[1].touches[0].index);"
        "return [canvas.clientWidth / 2 + right * view.unit, canvas.clientHeight / 2 - up * view.unit]"
    )
    assert " at " in point(browser, "#tab-field-panel .map:last-of-type", *spot)
    point(browser, "#tab-field-panel .map:last-of-type", *spot, "click")
    assert browser.execute_script("return viewer.time") < recording.seconds[touches[1][0]] + 2


def test_thoughts(recording, browser):
    """The five most likely actions, which of them it does, the value; surprises are the largest changes of it."""
    frame = 200
    browser.execute_script(SHOW + "viewer.select(0); viewer.draw()", "thoughts", frame)
    shown = browser.execute_script("return viewer.match.thoughts(arguments[0], 0)", frame)
    np.testing.assert_allclose([each["share"] for each in shown], recording.shares[frame, 0], atol=0.5 / 255 + 1e-6)
    action = int(unpack(recording.rows).previous_action[frame + 1, 0])
    assert [each["chosen"] for each in shown] == (recording.likely[frame, 0] == action).tolist()
    rows = browser.execute_script("return [...document.querySelectorAll('.likely b')].map((each) => each.textContent)")
    assert rows[:5] == [each["words"] for each in shown]
    value = browser.execute_script("return viewer.tabs.view.title.textContent").split()[-1].replace("\u2212", "-")
    assert float(value) == pytest.approx(recording.values[frame, 0], abs=0.006)
    found = browser.execute_script("return viewer.tabs.view.surprises")
    change = np.diff(recording.values[:, 0])
    change[recording.cuts[:-1]] = 0
    assert len(found) == 10
    for each in found:
        assert each["change"] == pytest.approx(change[each["index"]], abs=1e-5)
    assert max(abs(each["change"]) for each in found) == pytest.approx(np.abs(change).max(), abs=1e-5)
    browser.execute_script("viewer.select(1); viewer.draw()")
    assert "no network" in browser.execute_script("return viewer.tabs.view.silent.textContent")
    browser.execute_script("viewer.select(0)")


@pytest.mark.parametrize("among", [True, False])
def test_thoughts_say_what_it_does_also_where_that_is_none_of_the_five(recording, browser, among):
    done = unpack(recording.rows).previous_action[1:, 0].astype(int)
    found = (recording.likely[:-1, 0] == done[:, None]).any(-1) == among
    frame = int(np.flatnonzero(found & ~recording.cuts[:-1])[50])
    browser.execute_script(SHOW, "thoughts", frame)
    (row,) = browser.find_elements("css selector", ".likely .chosen")
    assert row.is_displayed()
    said, share = (row.find_element("tag name", name).text for name in ("b", "em"))
    assert said == words(int(done[frame]))
    assert share.endswith("does it")
    assert share.startswith("under") == (not among)
    assert len([row for row in browser.find_elements("css selector", ".likely li") if row.is_displayed()]) == 6 - among


def test_a_single_large_decision_has_the_colour_of_its_term(recording, browser):
    """The chaser's goal, one decision wide: the line of the total does not lie over it."""
    goal = recording.terms.index("goal")
    frame = int(np.argmax(recording.rewards[:, 1, goal]))
    assert recording.rewards[frame, 1, goal] > 0
    browser.execute_script(SHOW, "rewards", frame - 30)
    seen, colour = browser.execute_script(
        "const view = viewer.tabs.view, plot = view.plots[1], t = viewer.match.times, frame = arguments[0];"
        "const [x, y] = [plot.x((t[frame - 1] + t[frame]) / 2), plot.y(plot.high * 0.7)];"
        "const scale = plot.canvas.width / plot.canvas.clientWidth;"
        "return [[...plot.pen.getImageData(x * scale, y * scale, 1, 1).data].slice(0, 3), view.colours[arguments[1]]]",
        *(frame, goal),
    )
    assert seen == [int(part) for part in re.findall(r"\d+", colour)]


def test_tabs_by_keyboard(browser):
    """Arrows go from tab to tab and do not move the match meanwhile."""
    browser.execute_script(SHOW, "rewards", 300)
    before = browser.execute_script("return viewer.time")
    for expected in (*TABS[1:], TABS[0]):
        browser.execute_script(
            "document.querySelector('[role=tab][aria-selected=true]').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))"
        )
        name = browser.execute_script("return document.activeElement.textContent")
        assert name == expected
        assert (
            browser.execute_script("return [...document.querySelectorAll('.panel')].filter((p) => !p.hidden).length")
            == 1
        )
    assert browser.execute_script("return viewer.time") == before


def test_a_phone(path):
    """No tab is wider than a phone, and each is in sight below the scene."""
    with chromium(500, 844) as browser:
        screen = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(path.as_uri())
        for tab in TABS:
            browser.execute_script(SHOW, tab, 300)
            width, panels, scene = browser.execute_script(
                "const box = (id) => document.getElementById(id).getBoundingClientRect();"
                "return [Math.max(document.documentElement.scrollWidth, document.getElementById('panels').scrollWidth),"
                " box('panels'), box('field')]"
            )
            assert width <= 390, tab
            assert panels["bottom"] <= 844
            assert panels["height"] > 200
            assert scene["height"] > 200
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []


@pytest.mark.skipif(not has_npm(), reason="needs node and npm")
def test_axe_finds_no_serious_fault(browser):
    """axe-core of the version in viewer/package.json, on every tab and with the list of keys open."""
    axe = (install() / "axe-core/axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(axe)
    for tab in TABS:
        browser.execute_script(SHOW, tab, 300)
        if tab == TABS[0]:
            press(browser, "?")
        found = browser.execute_async_script(
            "const done = arguments[0]; axe.run().then((result) => done(result.violations.map(({id, impact, nodes}) =>"
            " [id, impact, nodes.slice(0, 3).map((node) => node.html)])))"
        )
        if tab == TABS[0]:
            press(browser, "?")
        serious = [each for each in found if each[1] in ("serious", "critical")]
        assert serious == [], (tab, json.dumps(serious, indent=1))
