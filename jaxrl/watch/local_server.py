"""A web server for this machine only: what every page that jaxrl serves has in common, above all whom it refuses."""

import os
import re
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from types import TracebackType
from typing import Self

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from jaxrl.errors import UserError
from jaxrl.watch.listener import Listener

HOST = "127.0.0.1"

# Pages of other sites in the same browser must not connect. A site may also have its own name lead to this machine, and
# would then ask from its own page, but by that name.
OWN_HOSTS = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
OWN_PAGES = re.compile(rf"http://{OWN_HOSTS.pattern}")

Answer = Callable[[Request], Response | None]  # None: a websocket is asked for
Talk = Callable[[ServerConnection], None]


class LocalServer:
    """A server at `address`, which runs from its construction on, and answers each request in a thread of its own.

    `answer` responds to those that GET something. A websocket, where it has none to give, is left to `talk`. What is
    not sent within `seconds` is given up. Raises UserError if the port cannot be used.
    """

    def __init__(self, port: int, answer: Answer, talk: Talk, seconds: float = 1.0) -> None:
        self._answer = answer
        try:
            self._server = serve(
                talk,
                sock=Listener(HOST, port),
                origins=[OWN_PAGES, None],
                process_request=self._check,
                compression=None,
                open_timeout=2,  # browsers open connections in advance, and shutting down waits for them
                close_timeout=seconds,
            )
        except (OSError, OverflowError) as error:
            known = isinstance(error, OSError) and error.errno is not None
            reason = os.strerror(error.errno) if known else "must be 0 to 65535"
            raise UserError(f"--port {port}: cannot be used ({reason})") from error
        self.address = f"http://{HOST}:{self._server.socket.getsockname()[1]}/"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if not _is_own(request):
            return connection.respond(HTTPStatus.FORBIDDEN, "only pages of this machine may ask\n")
        return self._answer(request)

    def close(self) -> None:
        """Stop, and wait until every thread has ended."""
        self._server.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_own(request: Request) -> bool:
    """Whether a program of this machine asks, or a page that came from it."""
    hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
    named = len(hosts) == 1 and OWN_HOSTS.fullmatch(hosts[0].strip()) is not None
    return named and all(OWN_PAGES.fullmatch(origin.strip()) for origin in origins)


def respond(status: HTTPStatus, kind: str, body: bytes, **headers: str) -> Response:
    """A response whole; `headers` are further ones, with _ for - in their names."""
    fields = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    fields |= {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(int(status), status.phrase, Headers(fields), body)


def text(status: HTTPStatus, line: str) -> Response:
    """A response of one line."""
    return respond(status, "text/plain; charset=utf-8", line.encode())


def html(page: str, **headers: str) -> Response:
    """A response that is a page."""
    return respond(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), **headers)
