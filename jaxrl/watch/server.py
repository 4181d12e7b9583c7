"""The web server of a live match: its page, for this machine only, and a websocket that carries every frame."""

import json
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from threading import Condition
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from jaxrl.watch.local_server import LocalServer, html, text
from jaxrl.watch.page import encode, live_page
from jaxrl.watch.recording import Recording, join

SOCKET_PATH = "/frames"
CURVES_PATH = "/curves"  # below it is the page of the run that the bot is of

HISTORY_SECONDS = 300.0  # how far a page that is opened late can scrub back


class PageServer:
    """A server of the page at `address`, which runs from its construction on.

    Call it with every new frame, a Recording of length 1. Some ten browsers may connect. Each receives the frames it
    lacks as one message (`encode`), so a slow one gets fewer and longer messages. `curves`, once it is set, answers all
    that is asked below CURVES_PATH: it is given the request and the rest of the path. Raises UserError if the port
    cannot be used.
    """

    curves: Callable[[Request, str], Response] | None = None

    def __init__(self, port: int, title: str) -> None:
        self._frames: deque[Recording] = deque()
        self._count = 0  # frames so far, including those dropped from the history
        self._news = Condition()
        self._closed = False
        self._page = live_page(title)
        self._server = LocalServer(port, self._answer, self._talk)
        self.address = self._server.address

    def __call__(self, frame: Recording) -> None:
        """Hand a frame to every connected browser, and keep it for those that connect later."""
        with self._news:
            self._frames.append(frame)
            self._count += 1
            while self._frames[-1].seconds[-1] - self._frames[0].seconds[0] > HISTORY_SECONDS:
                self._frames.popleft()
            self._news.notify_all()

    def _answer(self, request: Request) -> Response | None:
        """Respond to a request with the page or a refusal; None accepts the websocket."""
        if request.path == SOCKET_PATH:
            return None
        if request.path == "/favicon.ico":  # every browser asks for it
            return text(HTTPStatus.NO_CONTENT, "")
        if self.curves is not None and request.path.startswith(f"{CURVES_PATH}/"):
            return self.curves(request, request.path.removeprefix(CURVES_PATH))
        if request.path != "/":
            return text(HTTPStatus.NOT_FOUND, "there is /, and /curves/ where the logs of the bot's run are\n")
        return html(self._page)

    def _talk(self, connection: ServerConnection) -> None:
        """Send frames to one browser, in its own thread, until it disconnects or the server closes."""
        sent = 0
        while True:
            with self._news:
                self._news.wait_for(lambda sent=sent: self._closed or self._count > sent)
                if self._closed:
                    return
                news, sent = min(self._count - sent, len(self._frames)), self._count
                frames = list(self._frames)[-news:]
            try:
                connection.send(json.dumps(encode(join(frames)) | {"curves": self.curves is not None}))
            except ConnectionClosed:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.close()
