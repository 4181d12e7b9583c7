"""A network namespace behind a slow link: what lies between two machines, on one. Needs root.

    python -m support.slow_link NAMESPACE --delay 0.02 --bits 1e9

is the link itself: a process that hands packets from the device of this machine to that of the namespace and back,
each after `delay` seconds, and no more than `bits` a second in either direction. To kill it is to cut the cable: what
is sent is not refused, it is lost. (The kernel's netem, with tc, would do the same; not every kernel has it.)
"""

import argparse
import fcntl
import os
import selectors
import struct
import subprocess
import sys
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path

HERE, THERE = "10.199.77.1", "10.199.77.2"  # addresses of this machine and of the namespace, as they see each other
TUNSETIFF, TUNSETPERSIST, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x400454CB, 0x1, 0x1000
PACKET = 9000  # bytes at most


def is_possible() -> bool:
    """Whether this process may make namespaces and devices."""
    return os.geteuid() == 0 and Path("/dev/net/tun").exists()


@contextmanager
def slow_link(namespace: str, delay: float = 0.02, bits: float = 1e9):
    """The process of the link, while it lasts; the namespace is gone afterwards, and so is what ran in it."""
    ip("netns", "add", namespace)
    words = [sys.executable, "-m", "support.slow_link", namespace, "--delay", str(delay), "--bits", str(bits)]
    where = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=where) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
            ended = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
            for pid in ended.stdout.split():
                subprocess.run(["kill", "-9", pid], check=False)
            ip("netns", "del", namespace)
            subprocess.run(["ip", "link", "del", f"{namespace}0"], check=False)  # not there if the link never was


def ip(*words: str) -> None:
    """The command of that name."""
    subprocess.run(["ip", *words], check=True)


def device(name: str) -> int:
    """A new device that hands its packets to whoever reads the file, and loses them once nobody does."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    fcntl.ioctl(file, TUNSETPERSIST, 1)
    return file


def carry(ends: tuple[int, int], delay: float, bits: float) -> None:
    """Hand packets from either end to the other, for ever."""
    waiting: dict[int, deque[tuple[float, bytes]]] = {end: deque() for end in ends}  # by where they go: when, what
    free = dict.fromkeys(ends, 0.0)  # when the line to it has nothing to send any more
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    with selectors.DefaultSelector() as selector:
        for end in ends:
            selector.register(end, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            for end, queue in waiting.items():
                while queue and queue[0][0] <= now:
                    os.write(end, queue.popleft()[1])
            due = min((queue[0][0] for queue in waiting.values() if queue), default=now + 1)
            for key, _ in selector.select(max(due - time.monotonic(), 0)):
                packet, to = os.read(key.fd, PACKET), other[key.fd]
                free[to] = max(free[to], time.monotonic()) + 8 * len(packet) / bits
                waiting[to].append((free[to] + delay, packet))


def main() -> None:
    """Make the two devices, say so, and carry packets until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("namespace")
    parser.add_argument("--delay", type=float, required=True)
    parser.add_argument("--bits", type=float, required=True)
    arguments = parser.parse_args()
    near, far = f"{arguments.namespace}0", f"{arguments.namespace}1"
    ends = device(near), device(far)
    ip("link", "set", far, "netns", arguments.namespace)
    inside = "netns", "exec", arguments.namespace, "ip"
    for where, name, address, peer in (((), near, HERE, THERE), (inside, far, THERE, HERE)):
        ip(*where, "addr", "add", address, "peer", peer, "dev", name)
        ip(*where, "link", "set", name, "mtu", str(PACKET), "up")
    ip(*inside, "link", "set", "lo", "up")
    print("ready", flush=True)
    carry(ends, arguments.delay, arguments.bits)


if __name__ == "__main__":
    main()
