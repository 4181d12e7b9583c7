"""A disk that is really full, or really read-only: a small file system of its own, mounted for one run of train.py."""

import shutil
import subprocess
import sys

import pytest
from support.cli import FINAL, ROOT, TINY, read_scalars

from jaxrl.checkpoints.directory import find_checkpoints
from jaxrl.checkpoints.files import verify_checkpoint

SETTINGS = TINY | {"logging.save_interval": "128", "logging.keep": "1000", "evaluation.eval_freq": "100000000"}
# arguments: the folder that becomes a small file system, where to copy its content to, a file for the output, a command
SCRIPT = """
folder=$1; copy=$2; output=$3; shift 3
mount -t tmpfs -o size=60m none "$folder"
mkdir "$folder/checkpoints" "$folder/logs"
"$@" > "$output" 2>&1 &
trainer=$!
wait_for() { for _ in $(seq 1200); do "$@" > /dev/null 2>&1 && return; kill -0 $trainer || return; sleep 0.1; done; }
wait_for test -e "$folder/checkpoints/checkpoint_256"
FAULT
wait $trainer
code=$?
cp -r "$folder/." "$copy"
exit $code
"""
# at once, so that hardly a save can be between reserving its room and writing
FILL = """fallocate -l $(df --output=avail -B1 "$folder" | tail -1) "$folder/filler" 2> /dev/null
dd if=/dev/zero of="$folder/filler_2" bs=4k > /dev/null 2>&1"""
# TensorBoard's events are written every 10 s or so
FREE = """wait_for grep -aq "wait in memory" "$output"
wait_for grep -aq "cannot be saved" "$output"
rm "$folder"/filler*"""
# the log stays writable: a file that is open keeps a file system from becoming read-only
READ_ONLY = 'for _ in $(seq 600); do mount -o remount,ro "$folder" 2> /dev/null && break; sleep 0.01; done'

PROBE = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
can_mount = shutil.which("unshare") and subprocess.run(PROBE, capture_output=True, check=False).returncode == 0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_mount, reason="no right to mount a file system here"),
]


def train(tmp_path, cache, fault, settings):
    """Exit code, output and a copy of what was on the small disk."""
    disk, copy, output = tmp_path / "disk", tmp_path / "copy", tmp_path / "output"
    disk.mkdir()
    copy.mkdir()
    pairs = [part for key, value in (SETTINGS | cache | settings).items() for part in ("--set", f"{key}={value}")]
    command = [sys.executable, str(ROOT / "train.py"), "--config", str(FINAL), *pairs]
    script = [
        "unshare",
        "-rm",
        "bash",
        "-c",
        SCRIPT.replace("FAULT", fault),
        "fault",
        str(disk),
        str(copy),
        str(output),
    ]
    done = subprocess.run([*script, *command], cwd=tmp_path, timeout=280, capture_output=True, text=True, check=False)
    assert "Traceback" not in output.read_text(), output.read_text()[-3000:]
    return done.returncode, output.read_text(), copy


def assert_intact(copy, least):
    found = find_checkpoints(copy / "checkpoints")
    assert len(found) >= least
    for folder in found:
        verify_checkpoint(folder)
    return found


def test_a_disk_that_is_full_for_a_while(tmp_path, cache):
    """Training continues; once there is room it saves again, and TensorBoard has every single update."""
    disk = {"logging.log_dir": "disk/logs", "logging.checkpoint_dir": "disk/checkpoints"}
    code, output, copy = train(tmp_path, cache, f"{FILL}\n{FREE}", disk | {"training.total_timesteps": "25600"})
    assert code == 0, output
    assert "cannot be saved (No space left on device); what was saved before is intact" in output.replace("\n", " ")
    assert "No space left on device: events for TensorBoard wait in memory" in output.replace("\n", " ")
    found = assert_intact(copy, least=4)
    assert not list((copy / "checkpoints").glob(".*")), "nothing half-written is left"
    assert {"checkpoint_128", "checkpoint_256", "final"} <= {folder.name for folder in found}
    assert [step for step, _ in read_scalars(copy / "logs")["train/loss"]] == list(range(128, 25601, 128))


def test_a_disk_that_stays_full(tmp_path, cache):
    """Ends as it should but for what it could not save; what was saved before is intact."""
    disk = {"logging.checkpoint_dir": "disk/checkpoints"}
    code, output, copy = train(tmp_path, cache, FILL, disk | {"training.total_timesteps": "1280"})
    assert code == 1, output
    assert output.strip().splitlines()[-1].endswith("final: cannot be saved (No space left on device)")
    names = {folder.name for folder in assert_intact(copy, least=2)}
    assert {"checkpoint_128", "checkpoint_256"} <= names
    assert "final" not in names
    assert [step for step, _ in read_scalars(tmp_path / "logs")["train/loss"]] == list(range(128, 1281, 128))
    shutil.rmtree(copy)


def test_a_disk_that_becomes_read_only(tmp_path, cache):
    disk = {"logging.checkpoint_dir": "disk/checkpoints"}
    code, output, copy = train(tmp_path, cache, READ_ONLY, disk | {"training.total_timesteps": "6400"})
    assert code == 1, output
    assert "(Read-only file system); what was saved before is intact" in output
    assert_intact(copy, least=2)
