"""The page of a match in a browser: what to say to it, and how to point at it."""

TABS = ["rewards", "figures", "boost & speed", "field", "thoughts"]
SHOW = (
    "viewer.playing = false; viewer.tabs.open(arguments[0]);"
    "viewer.seek(viewer.match.times[arguments[1]]); viewer.draw();"
)
EVENT = "new PointerEvent(arguments[1], {clientX: arguments[2], clientY: arguments[3], bubbles: true})"


def press(browser, key):
    browser.execute_script("window.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0]}))", key)


def point(browser, selector, x, y, kind="pointermove"):
    """Move the pointer to (x, y) of an element, or press there; returns what the note beside it says."""
    left, top = browser.execute_script(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.left, box.top]", selector
    )
    browser.execute_script(
        f"document.querySelector(arguments[0]).dispatchEvent({EVENT})", selector, kind, left + x, top + y
    )
    return browser.execute_script(
        "const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.textContent"
    )
