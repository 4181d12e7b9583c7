"""The web server of the page: it shows and steers nothing, and is for this machine only."""

import json
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from jaxrl.dashboard.runs import Runs
from jaxrl.watch.local_server import LocalServer, html, respond, text

SEND_SECONDS = 5.0  # that a reader has for an answer: 1 MB at most for eight runs

# Whatever a log holds, the page can load nothing from elsewhere; a live match of this machine may stand in it.
LIVE = "http://127.0.0.1:* http://localhost:*"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    f"frame-src {LIVE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(match: str = "") -> str:
    """The HTML of the page, with its script in it; at `match`, a relative address, is a live match to show in it."""
    folder = files("jaxrl.dashboard")
    parts = {
        name: (folder / name).read_text(encoding="utf-8") for name in ("page.html", "dashboard.css", "dashboard.js")
    }
    return (
        parts["page.html"]
        .replace("<body>", f'<body data-match="{match}">' if match else "<body>")
        .replace("/*style*/", parts["dashboard.css"])
        .replace("/*script*/", parts["dashboard.js"].replace("</script", "<\\/script"))
    )


class Dashboard:
    """The page of `runs`, below whatever address it is served, and what it asks for: `status`, `curves?panel=KEY`.

    The logs are read then and only then. At `match` is a live match, see `page`.
    """

    def __init__(self, runs: Runs, match: str = "") -> None:
        self._runs, self._page = runs, page(match)

    def answer(self, request: Request, path: str) -> Response:
        """Respond to a request for `path`, which begins at the page: /."""
        if getattr(request, "method", "GET") != "GET":  # older websockets refuse all others by themselves
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "this page only shows: GET\n")
        address = urlsplit(path)
        if address.path == "/":
            return html(self._page, Content_Security_Policy=POLICY, Referrer_Policy="no-referrer")
        if address.path == "/favicon.ico":  # every browser asks for it
            return text(HTTPStatus.NO_CONTENT, "")
        found = None
        if address.path == "/status":
            found = self._runs.status()
        elif address.path == "/curves":
            found = self._runs.curves(parse_qs(address.query).get("panel", [""])[0])
        if found is None:
            return text(HTTPStatus.NOT_FOUND, "there are /, /status and /curves?panel=...\n")
        body = json.dumps(found, separators=(",", ":")).encode()
        return respond(HTTPStatus.OK, "application/json", body, Cross_Origin_Resource_Policy="same-origin")


class DashboardServer(LocalServer):
    """Serves the page of `runs` at `address`; raises UserError if the port cannot be used."""

    def __init__(self, port: int, runs: Runs) -> None:
        dashboard = Dashboard(runs)
        super().__init__(port, lambda request: dashboard.answer(request, request.path), _refuse, SEND_SECONDS)


def _refuse(connection: ServerConnection) -> None:
    """Close: there is no websocket here, and a `Dashboard` lets none come so far."""
