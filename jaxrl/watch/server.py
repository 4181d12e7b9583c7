"""The web server of a live match: one page, for this machine only, and a websocket that carries every frame."""

import json
import os
import re
from collections import deque
from http import HTTPStatus
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from jaxrl.errors import UserError
from jaxrl.watch.listener import Listener
from jaxrl.watch.page import encode, live_page
from jaxrl.watch.recording import Recording, join

HOST, SOCKET_PATH = "127.0.0.1", "/frames"

HISTORY_SECONDS = 300.0  # how far a page that is opened late can scrub back

# pages of other sites in the same browser must not connect
OWN_PAGES = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")


class PageServer:
    """A server of the page at `address`, which runs from its construction on.

    Call it with every new frame, a Recording of length 1. Some ten browsers may connect. Each receives the frames it
    lacks as one message (`encode`), so a slow one gets fewer and longer messages. Raises UserError if the port
    cannot be used.
    """

    def __init__(self, port: int, title: str) -> None:
        self._frames: deque[Recording] = deque()
        self._count = 0  # frames so far, including those dropped from the history
        self._news = Condition()
        self._closed = False
        self._page = live_page(title)
        try:
            self._server = serve(
                self._talk,
                sock=Listener(HOST, port),
                origins=[OWN_PAGES, None],
                process_request=self._answer,
                compression=None,
                open_timeout=2,  # browsers open connections in advance, and shutting down waits for them
                close_timeout=1,
            )
        except (OSError, OverflowError) as error:
            known = isinstance(error, OSError) and error.errno is not None
            reason = os.strerror(error.errno) if known else "must be 0 to 65535"
            raise UserError(f"--port {port}: cannot be used ({reason})") from error
        self.address = f"http://{HOST}:{self._server.socket.getsockname()[1]}/"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __call__(self, frame: Recording) -> None:
        """Hand a frame to every connected browser, and keep it for those that connect later."""
        with self._news:
            self._frames.append(frame)
            self._count += 1
            while self._frames[-1].seconds[-1] - self._frames[0].seconds[0] > HISTORY_SECONDS:
                self._frames.popleft()
            self._news.notify_all()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Respond to a request with the page or a refusal; None accepts the websocket."""
        if request.path == SOCKET_PATH:
            return None
        if request.path == "/favicon.ico":  # every browser asks for it
            return connection.respond(HTTPStatus.NO_CONTENT, "")
        if request.path != "/":
            return connection.respond(HTTPStatus.NOT_FOUND, "the only page here is /\n")
        body = self._page.encode()
        headers = Headers({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))})
        headers["Connection"] = "close"
        return Response(HTTPStatus.OK, "OK", headers, body)

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
                connection.send(json.dumps(encode(join(frames))))
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
        self._server.shutdown()
        self._thread.join()
