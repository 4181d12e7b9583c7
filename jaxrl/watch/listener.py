"""A listening socket that gets over a process out of file descriptors, and lets only so many in."""

import errno
import resource
import socket
import time
from typing import Any

MAX_CONNECTIONS = 64  # at a time; a browser opens up to six
SPARE_FILES = 32  # descriptors left for others, and for what an accepted connection opens itself
RETRY_SECONDS = 0.1

# Errors that pass: of a connection that is gone by now, and of a process or machine that is out of something.
PASSING = {errno.ECONNABORTED, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Listener(socket.socket):
    """Listens at (`host`, `port`). `accept` fails only once it is closed: a server would stop for good at an error.

    Raises OSError or OverflowError if the port cannot be used.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self._accepted: list[socket.socket] = []
        try:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.bind((host, port))
            self.listen()
        except BaseException:
            self.close()
            raise
        self.settimeout(RETRY_SECONDS)  # to notice that it has been closed; those that are accepted have no timeout

    def accept(self) -> tuple[socket.socket, Any]:
        """Wait for the next connection; if there is no room for it, it is closed. Raises OSError once closed."""
        while True:
            try:
                connection, address = super().accept()
            except TimeoutError:
                continue
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                time.sleep(RETRY_SECONDS)
                continue
            if self._has_room(connection):
                self._accepted.append(connection)
                return connection, address
            connection.close()

    def _has_room(self, connection: socket.socket) -> bool:
        self._accepted = [one for one in self._accepted if one.fileno() >= 0]
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)  # may be changed from outside
        return len(self._accepted) < MAX_CONNECTIONS and connection.fileno() < limit - SPARE_FILES
