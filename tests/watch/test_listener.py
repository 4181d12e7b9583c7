"""A process without a free file descriptor, in a process of its own: it accepts again as soon as it has one."""

import subprocess
import sys

SCRIPT = """
import os, resource, socket, threading, time
from jaxrl.watch.listener import RETRY_SECONDS, SPARE_FILES, Listener

listener, came = Listener("127.0.0.1", 0), []
clients = [socket.socket() for _ in range(2)]
thread = threading.Thread(target=lambda: came.append(listener.accept()))
thread.start()
_, unlimited = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, unlimited))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
clients[0].connect(listener.getsockname())
time.sleep(5 * RETRY_SECONDS)
assert not came and thread.is_alive(), came
clients[0].close()  # given up meanwhile
clients[1].connect(listener.getsockname())
for one in taken:
    os.close(one)
thread.join(10)
first, _ = came[0]
assert first.gettimeout() is None
clients[1].sendall(b"hello")
while not (heard := first.recv(5)):  # of the one that gave up
    first, _ = listener.accept()
print(heard)

ended = []
def until_closed():
    try:
        listener.accept()
    except OSError as error:
        ended.append(error.errno)
thread = threading.Thread(target=until_closed)
thread.start()
time.sleep(0.2)
listener.close()
thread.join(10)
print(ended)
"""


def test_it_accepts_again_once_there_is_a_descriptor_and_ends_when_it_is_closed():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("b'hello'\n[9]\n", ""), done.stderr
