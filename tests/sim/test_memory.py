"""How much memory there is, and the line for who asks for more."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.cli import ROOT

from jaxrl.errors import UserError
from jaxrl.sim.memory import Need, check_memory, memory_limit, readable

CGROUPS = Path("/sys/fs/cgroup")


@contextmanager
def group_with(limit: int):
    """A control group of version 1 or 2 that may use `limit` bytes; yields the file that takes process ids."""
    old = (CGROUPS / "memory").is_dir()
    group = CGROUPS / ("memory" if old else "") / f"jaxrl_test_{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(limit))
    except OSError as error:
        pytest.skip(f"control groups cannot be made here ({error})")
    try:
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def test_the_limit_of_a_container_counts():
    code = "import sys; open(sys.argv[1], 'w').write('0'); from jaxrl.sim.memory import memory_limit as m; print(m())"
    with group_with(512 * 2**20) as processes:
        command = [sys.executable, "-c", code, str(processes)]
        done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stdout == f"{512 * 2**20}\n", done.stderr


def test_without_one_it_is_the_machines_memory():
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert 0 < memory_limit() <= 1024 * int(total.split()[1])


def test_more_than_there_is_names_the_largest_part_and_its_keys():
    needs = [Need("a rollout needs", 2**30, ("a.b",)), Need("the arenas need", 3 * 2**40, ("c.d", "e.f"))]
    with pytest.raises(UserError) as caught:
        check_memory(needs, 2**32)
    assert str(caught.value) == (
        "needs at least 3.0 TiB of memory, and this machine has 4.0 GiB: the arenas need 3.0 TiB; lower c.d or e.f"
    )


def test_what_fits_passes():
    check_memory([Need("a rollout needs", 2**31, ()), Need("the arenas need", 2**31, ())], 2**32)


@pytest.mark.parametrize(("size", "text"), [(2**30, "1.0 GiB"), (2**40, "1.0 TiB"), (2**29 * 3, "1.5 GiB")])
def test_sizes_as_people_read_them(size, text):
    assert readable(size) == text
