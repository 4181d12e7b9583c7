"""A headless Chromium that draws a page of ours, steered through a pipe by the DevTools protocol.

The pipe is two descriptors of the process itself: no port that others on the machine could connect to, no driver of the
browser's exact version, and a browser that ends when this process does, however that ends.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import Any

from jaxrl.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "needs Chromium or Chrome: apt-get install chromium, or https://www.google.com/chrome"
FLAGS = (
    "--headless",
    "--no-sandbox",  # which root and containers have not; it opens a page of ours alone
    "--disable-gpu",  # the same picture on every machine
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card, for pages that can be trusted
    "--disable-dev-shm-usage",  # a container has 64 MB of it
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
# It reads from descriptor 3 and writes to 4; what it prints goes nowhere.
IN_A_SHELL = ("/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh")
ANSWER_SECONDS = 120.0  # a busy machine draws slowly
END_SECONDS = 5.0


def find_chromium() -> str:
    """The path of a Chromium or Chrome; raises UserError where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise UserError(MISSING)


class Tab:
    """A page in the browser, `width` x `height` pixels; see `open_tab`. What fails raises UserError."""

    def __init__(self, process: subprocess.Popen[bytes], width: int, height: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout.fileno()
        self._number, self._unread, self._session = 0, b"", ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def load(self, html: str) -> None:
        """Show a page that needs nothing else, and that no animation of its own moves on."""
        self.run("window.requestAnimationFrame = () => 0")
        self._ask("Page.setDocumentContent", frameId=self._frame, html=html)

    def run(self, code: str) -> Any:
        """The value of a JavaScript expression, as JSON has it."""
        answer = self._ask("Runtime.evaluate", expression=code, returnByValue=True)
        if failure := answer.get("exceptionDetails"):
            reason = failure.get("exception", {}).get("description", failure["text"])
            raise UserError(f"the page cannot be drawn: {reason.splitlines()[0]}")
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """What it shows, as PNG."""
        answer = self._ask("Page.captureScreenshot", format="png", optimizeForSpeed=True)
        return base64.b64decode(answer["data"])

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        try:
            self._to.write(json.dumps(message).encode() + b"\0")
            self._to.flush()
        except BrokenPipeError as error:
            raise UserError("Chromium ended before the picture was made") from error
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := json.loads(self._read(deadline))).get("id") != self._number:
            pass  # an event
        if "error" in answer:
            raise UserError(f"Chromium refuses {method}: {answer['error'].get('message')}")
        return answer["result"]

    def _read(self, deadline: float) -> bytes:
        parts = [self._unread]
        while b"\0" not in parts[-1]:
            if not select.select([self._from], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise UserError(f"Chromium has not answered for {ANSWER_SECONDS:.0f} s")
            if not (more := os.read(self._from, 2**20)):
                raise UserError("Chromium ended before the picture was made")
            parts.append(more)
        message, _, self._unread = b"".join(parts).partition(b"\0")
        return message


@contextmanager
def open_tab(width: int, height: int) -> Generator[Tab]:
    """Start a browser with one empty tab of `width` x `height` pixels; raises UserError where that cannot be."""
    program = find_chromium()
    try:
        temporary = TemporaryDirectory(prefix="jaxrl-", ignore_cleanup_errors=True)
    except OSError as error:
        raise UserError(f"Chromium needs a folder for temporary files ({error.strerror})") from error
    with temporary as profile:
        command = [*IN_A_SHELL, program, *FLAGS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(  # a session of its own: Ctrl-C is for this process, which then ends that one
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            yield Tab(process, width, height)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the browser: it goes by itself when its pipe is closed, and takes its files along; or else by force."""
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            pipe and pipe.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with its helpers
        process.wait()
