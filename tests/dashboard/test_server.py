"""The page is for this machine only, and shows only: who else asks, floods, dawdles or sends is refused."""

import http.client
import json
import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from support.event_files import config_of, write_run

from jaxrl.dashboard.runs import Runs
from jaxrl.dashboard.server import SEND_SECONDS, DashboardServer
from jaxrl.errors import UserError
from jaxrl.watch.listener import MAX_CONNECTIONS

PATIENCE = 20.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    tmp = tmp_path_factory.mktemp("served")
    folder = write_run(tmp / "logs/first", config_of(tmp), updates=5)
    with DashboardServer(0, Runs([folder])) as served:
        yield served


def place(server):
    host, port = server.address.removeprefix("http://").rstrip("/").split(":")
    return host, int(port)


def ask(server, path="/", method="GET", **headers):
    """Status, headers and body of an answer."""
    connection = http.client.HTTPConnection(*place(server), timeout=PATIENCE)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_the_page_its_status_and_its_curves(server):
    code, headers, body = ask(server)
    assert code == 200
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert b"<main>" in body
    assert b"/*script*/" not in body
    code, headers, body = ask(server, "/status")
    assert (code, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body)["runs"][0]["name"] == "first"
    code, _, body = ask(server, "/curves?panel=" + quote("Rewards: by term"))
    assert code == 200
    assert len(json.loads(body)["runs"][0]["reward/touch_mean"]["values"]) == 5


@pytest.mark.parametrize("path", ["/logs", "/../../etc/passwd", "/curves", "/curves?panel=none", "//", "/status/"])
def test_there_is_nothing_else(server, path):
    assert ask(server, path)[0] == 404


def test_it_is_reached_from_this_machine_alone(server):
    assert place(server)[0] == "127.0.0.1"
    assert server._server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["example.org", "example.org:8766", "127.0.0.1.example.org", "localhost@x", ""])
@pytest.mark.parametrize("path", ["/", "/status"])
def test_a_name_that_leads_here_is_refused(server, host, path):
    """A site whose name resolves to this machine would be a page of its own origin."""
    assert ask(server, path, Host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1"])
def test_this_machine_s_own_names_are_served(server, host):
    assert ask(server, "/status", Host=host)[0] == 200


@pytest.mark.parametrize("origin", ["http://example.org", "null", "http://127.0.0.1.example.org", "https://localhost"])
def test_pages_of_others_are_refused(server, origin):
    assert ask(server, "/status", Origin=origin)[0] == 403
    assert ask(server, "/status", Origin=server.address.rstrip("/"))[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_it_only_shows(server, method):
    try:
        code, _, _ = ask(server, "/status", method)
    except (ConnectionError, http.client.HTTPException):
        return
    assert code in (400, 405)


def test_there_is_no_websocket(server):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    assert ask(server, "/frames", **upgrade, Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==")[0] == 404


@pytest.mark.slow
@pytest.mark.parametrize("spare", [40, None], ids=["out of file descriptors", "too many connections"])
def test_a_flood_of_connections_passes(server, spare):
    files = Path("/proc/self/fd")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    clients = [socket.socket() for _ in range(120)]  # theirs are of this process, too: open before the limit
    before = len(list(files.iterdir()))
    try:
        if spare is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (before + spare, limits[1]))
        for client in clients:
            client.settimeout(PATIENCE)
            client.connect(place(server))
        time.sleep(1)
        assert len(list(files.iterdir())) - before < (spare or 5 * MAX_CONNECTIONS)  # 4 of each connection, and a few
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for client in clients:
            client.close()
    time.sleep(3)
    assert ask(server, "/status")[0] == 200


@pytest.mark.slow
def test_who_reads_nothing_is_given_up_and_others_are_served(server):
    """As many as may connect ask for the page again and again with the smallest of buffers, and read nothing."""
    with ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            client.settimeout(PATIENCE)
            client.connect(place(server))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(SEND_SECONDS + 4)
        assert ask(server, "/status")[0] == 200


def test_a_port_that_is_taken_or_none(server, tmp_path):
    with pytest.raises(UserError, match="cannot be used \\(Address already in use\\)"):
        DashboardServer(place(server)[1], Runs([tmp_path]))
    with pytest.raises(UserError, match="must be 0 to 65535"):
        DashboardServer(70_000, Runs([tmp_path]))
