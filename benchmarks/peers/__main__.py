"""Speed of the whole training loop, compared with rlgym-learn with rlgym-learn-algos.

    python -m benchmarks.peers

Installs the peer into environments of its own under `.cache/peers` (minutes, once), then trains in turns with jaxrl and
with every version and number of processes of the peer, for several rounds. Both play 1v1 on RocketSim with tick skip 8
and train two MLPs of 3 x 256 on 107 numbers, 4,096 transitions an iteration, 2,048 an optimizer step; epochs,
coefficients, time limits and start states are those of configs/final.yaml. Figures are transitions per second of
wall-clock without start-up, compilation and the first iterations. jaxrl is compared with the best result of the peer.

Where the two differ, the peer has less to do: three reward terms instead of eleven, no normalisation of observations.
`peer_rlgym_learn.py` describes how it works around the peer's faults; the main one, a stall of 2.0.0, only as root.
"""

import argparse
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import suppress
from importlib.metadata import version
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

import jaxrl
from benchmarks.learning.events import read_scalars
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, run_train
from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.game.physics import Engine
from jaxrl.sim.cores import available_cores
from jaxrl.sim.engine import NAMES
from jaxrl.sim.rocketsim3.module import why_not

# algos 0.4 needs rlgym-learn 2, algos 0.2 the API of rlgym-learn 1
VERSIONS = {
    "rlgym-learn 2.0.0, algos 0.4.2": ("rlgym-learn==2.0.0", "rlgym-learn-algos==0.4.2"),
    # algos 0.2.6 imports wandb whether it is used or not
    "rlgym-learn 1.0.5, algos 0.2.6": ("rlgym-learn==1.0.5", "rlgym-learn-algos[wandb]==0.2.6"),
}
SCRIPT = Path(__file__).with_name("peer_rlgym_learn.py")
ENVIRONMENTS = Path(".cache/peers")
STEPS, MINIBATCH = 2048, 2048  # environment steps an iteration (4,096 transitions); transitions an optimizer step
WARM_UP = 5  # iterations not counted: they compile, and new arenas are slow
SILENCE = 90.0  # seconds without an iteration, start-up included, after which the peer counts as stalled
STALL = 4.0  # an iteration this many seconds above the median waited for the peer's time-out of 5 s
MARK = "iteration "  # prefix of the lines in its output that are read here


class Measurement(NamedTuple):
    """One run of one trainer."""

    speed: float  # transitions a second
    stalls: int  # iterations that waited for a time-out
    device: str


class PeerError(Exception):
    """A version of the peer cannot be measured; the message gives the reason in one line."""


def make_config(arenas: int, iterations: int, folder: Path) -> Config:
    """The config final.yaml with the sizes of the comparison, without saves and evaluations."""
    return load_config("configs/final.yaml", overrides(arenas, iterations, folder))


def overrides(arenas: int, iterations: int, folder: Path, physics: Engine = "rocketsim2") -> list[str]:
    """The settings that differ from final.yaml."""
    return [
        f"environment.physics={physics}",
        f"environment.num_envs={arenas}",
        f"training.n_steps={STEPS // arenas}",
        f"training.batch_size={STEPS}",
        f"training.n_minibatches={2 * STEPS // MINIBATCH}",
        f"training.total_timesteps={(WARM_UP + iterations) * STEPS}",
        "observation.car_frame=false",
        "observation.mirror=false",
        *folders_in(folder),
        "logging.save_interval=1_000_000_000",
        "evaluation.eval_freq=1_000_000_000",
    ]


def measure_jaxrl(arenas: int, iterations: int, physics: Engine) -> Measurement:
    """Measure a run of train.py in one physics."""
    with tempfile.TemporaryDirectory() as name:
        done = run_train("configs/final.yaml", overrides(arenas, iterations, Path(name), physics))
        if done.returncode:
            raise UserError(f"train.py ended with {done.returncode}: {last_line(done.stderr)}")
        steps, _, seconds = read_scalars(next(Path(name, "logs").iterdir()))["speed/overall"]
    device = next(line.split()[1].strip(",") for line in done.stdout.splitlines() if line.startswith("  device "))
    return measurement(seconds, 2 * steps, device)


def measurement(seconds: np.ndarray, transitions: np.ndarray, device: str) -> Measurement:
    """The measurement from wall-clock and transitions `[iterations]` at the end of every iteration."""
    seconds, transitions = seconds[WARM_UP - 1 :], transitions[WARM_UP - 1 :]
    durations = np.diff(seconds)
    stalls = int((durations > np.median(durations) + STALL).sum())
    return Measurement((transitions[-1] - transitions[0]) / (seconds[-1] - seconds[0]), stalls, device)


def peer_python(name: str) -> Path:
    """The interpreter of an environment with this version of the peer, installed on first use."""
    folder = ENVIRONMENTS / name.replace(", ", "-").replace(" ", "-")
    python, complete = folder / "bin/python", folder / "complete"
    if complete.exists():
        return python.absolute()
    # a plain torch brings gigabytes of CUDA on Linux; without a GPU take a version with a CPU build
    torch = "torch" if shutil.which("nvidia-smi") else "torch==2.13.0"
    tqdm.write(f"installing {name} and {torch} in {folder}", file=sys.stderr)
    venv.create(folder, with_pip=True, clear=True)
    packages = [torch, "rlgym[rl-sim]", f"rocketsim=={version('rocketsim')}", *VERSIONS[name]]
    command = [python, "-m", "pip", "install", "--quiet", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerError(f"cannot be installed: {last_line(done.stderr)}")
    complete.touch()
    return python.absolute()


def peer_settings(config: Config, iterations: int, processes: int) -> dict[str, object]:
    """The settings that `peer_rlgym_learn.py` needs."""
    training, environment = config.training, config.environment
    starts = environment.start_states
    return {
        "mark": MARK,
        "iterations": WARM_UP + iterations,
        "processes": processes,
        "transitions": config.batch.transitions,
        "minibatch": config.batch.minibatch_size,
        "epochs": training.n_epochs,
        "learning_rate": training.learning_rate,
        "ent_coef": training.ent_coef,
        "clip_range": training.clip_range,
        "gamma": training.gamma,
        "gae_lambda": training.gae_lambda,
        "layers": config.network.actor,
        "obs_size": config.obs_size,
        "tick_skip": environment.tick_skip,
        "no_touch_seconds": environment.no_touch_seconds,
        "max_episode_seconds": environment.max_episode_seconds,
        "near_ball": starts.get("near_ball", 0) / sum(starts.values()),
    }


def measure_peer(python: Path, settings: dict[str, object], iterations: int) -> Measurement:
    """Measure a run of the peer; raises PeerError if it stalls or fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output = folder / "output"
        terminal, stdin = pty.openpty()  # 1.0.5 reads keys and fails without a terminal
        with output.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [python, SCRIPT.absolute(), json.dumps(settings)],
                stdin=stdin,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        try:
            wait_for(process, output, WARM_UP + iterations)
        finally:
            end_group(process, folder)
            os.close(terminal)
            os.close(stdin)
        lines = output.read_text(encoding="utf-8").splitlines()
    points = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    if len(points) < WARM_UP + iterations:
        raise PeerError(f"ended with {process.returncode} after {len(points)} iterations: {last_line(*lines)}")
    seconds, transitions = (np.array([point[key] for point in points]) for key in ("seconds", "transitions"))
    return measurement(seconds, transitions, points[0]["device"])


def wait_for(process: subprocess.Popen, output: Path, iterations: int) -> None:
    """Wait until the peer has done `iterations` or has ended; raises PeerError if it stalls."""
    done, since = 0, time.monotonic()
    while done < iterations and process.poll() is None:
        time.sleep(0.5)
        if (now_done := output.read_text(encoding="utf-8").count("\n" + MARK)) > done:
            done, since = now_done, time.monotonic()
        if time.monotonic() - since > SILENCE:
            hint = " (as root, real-time scheduling avoids this)" if os.geteuid() else ""
            raise PeerError(f"stalls: no iteration for {SILENCE:.0f} s after {done}{hint}")


def end_group(process: subprocess.Popen, folder: Path) -> None:
    """Let the peer end by itself for a few seconds, then kill all its processes and free their shared memory."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for link in folder.glob("shmem_flinks/*"):  # files that name shared memory not yet freed
        with suppress(FileNotFoundError):
            segment = SharedMemory(link.read_text(encoding="utf-8").strip("/"))
            segment.close()
            segment.unlink()


def own_engines() -> dict[str, Engine]:
    """The rows of jaxrl: one for each physics that is installed."""
    engines: list[Engine] = ["rocketsim2"] if why_not() else ["rocketsim2", "rocketsim3"]
    return {f"jaxrl, {NAMES[engine]}": engine for engine in engines}


def last_line(*text: str) -> str:
    """The last line that is not empty."""
    return next((line for line in reversed("\n".join(text).splitlines()) if line.strip()), "no output")


def prepare() -> dict[str, Path]:
    """The interpreters of all versions that can be installed."""
    pythons = {}
    for name in VERSIONS:
        try:
            pythons[name] = peer_python(name)
        except PeerError as error:
            tqdm.write(f"{name}: {error}", file=sys.stderr)
    return pythons


def run_rounds(config: Config, arguments: argparse.Namespace) -> dict[tuple[str, int], list[Measurement]]:
    """Measure all trainers in turns; returns their rounds by (name, processes), 0 processes for jaxrl."""
    pythons = prepare()
    rounds: dict[tuple[str, int], list[Measurement]] = {(name, 0): [] for name in own_engines()}
    rounds |= {(name, processes): [] for name in pythons for processes in arguments.processes}
    with tqdm(total=arguments.rounds * len(rounds), unit="run") as bar:
        for _ in range(arguments.rounds):
            for name, processes in list(rounds):
                bar.set_postfix_str(f"{name}, {processes} processes" if processes else name)
                if not processes:
                    engine = own_engines()[name]
                    rounds[name, processes].append(measure_jaxrl(arguments.arenas, arguments.iterations, engine))
                else:
                    settings = peer_settings(config, arguments.iterations, processes)
                    try:
                        run = measure_peer(pythons[name], settings, arguments.iterations)
                        rounds[name, processes].append(run)
                    except PeerError as error:
                        bar.write(f"{name}, {processes} processes: {error}", file=sys.stderr)
                        del rounds[name, processes]
                bar.update()
    return rounds


def print_results(rounds: dict[tuple[str, int], list[Measurement]], arguments: argparse.Namespace) -> None:
    """Print a Markdown row for each trainer, then the comparison with the best result of the peer."""
    speeds = {key: np.array([run.speed for run in runs]) for key, runs in rounds.items()}
    best = max((key for key in speeds if key[1]), key=lambda key: np.median(speeds[key]), default=None)
    if best is None:
        raise UserError("no version of the peer could be measured")
    columns = ["trainer", "processes", "device", "transitions/s", "stalled iterations", "times the peer's best"]
    print(f"\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for (name, processes), runs in rounds.items():
        speed, ratio = np.median(speeds[name, processes]), np.median(speeds[name, processes] / speeds[best])
        stalls = f"{sum(run.stalls for run in runs)} of {len(runs) * arguments.iterations}"
        row = [name, str(processes or available_cores()), runs[0].device, f"{speed:,.0f}", stalls, f"{ratio:.2f}"]
        print(f"| {' | '.join(row)} |")
    print(
        f"\njaxrl {jaxrl.__version__} (jax {version('jax')}); the peer's best is {best[0]} with {best[1]} processes; "
        f"ratios are medians of {arguments.rounds} rounds"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=25, help="measured iterations a run")
    parser.add_argument("--processes", type=int, nargs="+", default=[16, 32], help="processes of the peer, all tried")
    parser.add_argument("--arenas", type=int, default=64, help="arenas of jaxrl; the peer has one per process")
    arguments = parser.parse_args()
    if min(arguments.rounds, arguments.iterations, *arguments.processes) < 1:
        parser.error("--rounds, --iterations and --processes must be at least 1")
    if arguments.arenas < 1 or STEPS % arguments.arenas:
        parser.error(f"--arenas {arguments.arenas} must divide {STEPS}")
    try:
        config = make_config(arguments.arenas, arguments.iterations, Path())
        print(describe_machine(), flush=True)
        print_results(run_rounds(config, arguments), arguments)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
