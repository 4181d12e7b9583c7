"""A real headless Chromium and a real TensorBoard server, for screenshots and tests.

Needs Debian's chromium and chromium-driver.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
START_SECONDS = 60.0
# TensorBoard draws inside shadow roots, so walk through all of them
VISIBLE_PARTS = """
    const texts = [], paths = [];
    const walk = (node) => {
        if (node.shadowRoot) walk(node.shadowRoot);
        for (const child of node.children || []) walk(child);
        if (node.tagName === 'path' && (node.getAttribute('d') || '').length > 20) paths.push(node);
        if (node.children && !node.children.length && node.textContent) texts.push(node.textContent.trim());
    };
    walk(document.body);
    return [texts, paths.length];
"""


def has_chromium() -> bool:
    """Whether browser and driver are installed."""
    return shutil.which("chromium") is not None and shutil.which("chromedriver") is not None


@contextmanager
def chromium(width: int, height: int, gpu: bool = False) -> Iterator[webdriver.Chrome]:
    """A headless browser with a window of `width` x `height` pixels; a graphics card draws only for a `gpu`."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*FLAGS, f"--window-size={width},{height}"):
        if not (gpu and flag == "--disable-gpu"):
            options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


@contextmanager
def tensorboard(logs: Path) -> Iterator[str]:
    """The address of a TensorBoard that shows `logs`. Raises TimeoutError if it does not answer within a minute."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--host", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: _answers(f"{address}/data/logdir"), START_SECONDS)
            yield address
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until `condition` holds; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still waiting after {seconds:.0f} s")
        time.sleep(0.5)


def drawn_custom_scalars(browser: webdriver.Chrome, address: str) -> tuple[list[str], int]:
    """Open the page of custom scalars and wait for its charts; returns their texts and the number of lines drawn."""
    browser.get(f"{address}/#custom_scalars")
    seen: tuple[list[str], int] = ([], 0)

    def drawn() -> bool:
        nonlocal seen
        texts, paths = browser.execute_script(VISIBLE_PARTS)
        seen = (texts, paths)
        return "breakdown" in texts and paths >= 5

    wait_until(drawn, START_SECONDS)
    return seen


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=1).read()
    except OSError:
        return False
    return True
