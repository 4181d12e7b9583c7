"""Moments of replays as start states, from small files.

Those of rlgym-tools are written by hand in its layout (`misc/serialize.py` of 2.6.5), and by itself where it is
installed; those of replicar by pyarrow, with the columns that its reader (2.1.1) reads.
"""

import json
import sys

import numpy as np
import pytest

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.game.starts import replays
from jaxrl.game.starts.check import check_start_states, draw
from jaxrl.game.starts.registry import resolve_start_states
from jaxrl.game.starts.rotation import axes

# of each car: team, position, yaw-pitch-roll, boost; orange comes first, as it may in a file
CARS = [
    (1, [500.0, 1500.0, 17.0], [-2.0, 0.0, 0.0], 12.0),
    (0, [-700.0, -900.0, 400.0], [1.0, 0.5, -0.7], 100.0),
]


@pytest.fixture(autouse=True)
def forget():
    yield
    replays._read.cache_clear()
    replays._moments.cache_clear()


def starts(path, team_size=1, count=30):
    name = f"replays:{path}"
    (function,) = resolve_start_states([name])
    return [draw(name, function, np.random.default_rng(seed), team_size) for seed in range(count)]


def body(position, velocity, spin, pose):
    ahead, right, up = axes(np.array(pose))
    return np.concatenate([position, velocity, spin, np.stack([ahead, right, up], axis=1).ravel()])


def frame(ball_z=800.0, cars=CARS, **numbers):
    """A row of `replay_frames`; numbers of the last car by their column."""
    columns = {"respawn": 4, "boost": 10, "jumped": 13, "flipped": 17, "doubled": 18, "since_jump": 19}
    header = np.zeros(10)
    header[9] = len(cars)
    agents = np.concatenate([np.arange(len(cars)), np.zeros(len(cars)), np.zeros(8 * len(cars))])
    state = np.zeros(5 + 18 + 34)
    state[5:23] = body([10, 20, ball_z], [100, 200, 300], [1, 2, 3], [0, 0, 0])
    rows = []
    for number, (team, position, pose, boost) in enumerate(cars):
        car = np.zeros(46)
        car[0], values = number, car[1:]
        values[0], values[10] = team, boost
        values[27:45] = body(position, [7, 8, 9], [0.1, 0.2, 0.3], pose)
        if number == len(cars) - 1:
            for name, value in numbers.items():
                values[columns[name]] = value
        rows.append(car)
    return np.concatenate([header, agents, state, *rows]).astype(np.float32)


def write(path, frames, **more):
    width = max(map(len, frames)) + 7  # padding, as behind frames of fewer cars
    table = np.zeros((len(frames), width), np.float32)
    for row, each in zip(table, frames, strict=True):
        row[: len(each)] = each
    if path.suffix == ".npy":
        np.save(path, table)
    else:
        np.savez_compressed(path, replay_frames=table, **more)
    return path


def check_blue_first(start):
    np.testing.assert_allclose(start.position, [CARS[1][1], CARS[0][1]])
    np.testing.assert_allclose(start.yaw_pitch_roll, [CARS[1][2], CARS[0][2]], atol=1e-5)
    np.testing.assert_allclose(start.velocity, [[7, 8, 9]] * 2)
    np.testing.assert_allclose(start.angular_velocity, [[0.1, 0.2, 0.3]] * 2)
    np.testing.assert_allclose(start.boost, [100, 12])
    np.testing.assert_allclose(start.ball_velocity, [100, 200, 300])
    np.testing.assert_allclose(start.ball_angular_velocity, [1, 2, 3])


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_a_moment_of_rlgym_tools_is_where_it_was_with_blue_first(tmp_path, suffix):
    (start, *_) = starts(write(tmp_path / f"match{suffix}", [frame()]))
    check_blue_first(start)
    np.testing.assert_allclose(start.ball_position, [10, 20, 800])
    assert np.isinf(start.flip_seconds).all()
    assert not start.respawn_ticks.any()


@pytest.mark.parametrize(
    ("numbers", "flip", "respawn"),
    [
        ({"jumped": 1, "since_jump": 0.5}, 0.75, 0),
        ({"jumped": 1, "since_jump": 2.0}, 0, 0),
        ({"jumped": 1, "flipped": 1}, 0, 0),
        ({"jumped": 1, "doubled": 1}, 0, 0),
        ({"respawn": 2.5}, np.inf, 300),
    ],
)
def test_flips_and_demolitions_come_along(tmp_path, numbers, flip, respawn):
    (start, *_) = starts(write(tmp_path / "match.npz", [frame(**numbers)]))
    assert start.flip_seconds.tolist() == [flip, np.inf]
    assert start.respawn_ticks.tolist() == [respawn, 0]


def test_high_moments_come_more_often(tmp_path):
    """Heights 117 and 2117 (the cars 417 of each): weights 1 + 10 x 510/2044 = 3.5 and 1 + 10 x 2217/2044 = 11.8."""
    found = starts(write(tmp_path / "match.npz", [frame(93.15), frame(1800)]), count=600)
    high = np.mean([start.ball_position[2] > 1000 for start in found])
    assert abs(high - 11.85 / (11.85 + 3.5)) < 0.06


def test_probabilities_of_the_file_count_instead(tmp_path):
    path = write(tmp_path / "match.npz", [frame(93.15), frame(1800)], probabilities=np.array([0.9, 0.1]))
    high = np.mean([start.ball_position[2] > 1000 for start in starts(path, count=600)])
    assert abs(high - 0.1) < 0.05


def test_only_moments_that_can_be_played(tmp_path):
    """Not a goal, not NaN, not one car in another, not three cars."""
    lost = frame()
    lost[10 + 20 + 7] = np.nan
    together = [(team, [0.0, 0.0, 300.0], pose, boost) for team, _, pose, boost in CARS]
    uneven = [*CARS, (0, [3000.0, 0.0, 17.0], [0.0, 0.0, 0.0], 0.0)]
    goal = frame()
    goal[10 + 20 + 6] = 5300  # y of the ball, whose numbers begin at 35
    found = starts(write(tmp_path / "match.npz", [lost, frame(cars=together), frame(cars=uneven), goal, frame(500)]))
    assert {start.ball_position[2] for start in found} == {500}


def test_another_size_of_teams_is_told(tmp_path):
    path = write(tmp_path / "match.npz", [frame()])
    with pytest.raises(UserError) as error:
        check_start_states([f"replays:{path}"], 2)
    assert str(error.value).startswith(f"start state 'replays:{path}': no moments of 2v2; it has 1v1")


def test_by_rlgym_tools_itself(tmp_path):
    """A state of RocketSim through RLGym's engine, written by rlgym-tools, is the start state that it was."""
    serialize = pytest.importorskip("rlgym_tools.rocket_league.misc.serialize")
    from rlgym.rocket_league.api import GameConfig
    from rlgym.rocket_league.sim import RocketSimEngine
    from rlgym.rocket_league.state_mutators import FixedTeamSizeMutator, KickoffMutator, MutatorSequence
    from rlgym_tools.rocket_league.replays.replay_frame import ReplayFrame
    from rlgym_tools.rocket_league.shared_info_providers.scoreboard_provider import ScoreboardInfo

    engine = RocketSimEngine()
    state = engine.create_base_state()
    MutatorSequence(FixedTeamSizeMutator(1, 1), KickoffMutator()).apply(state, {})
    assert isinstance(state.config, GameConfig)
    for number, car in enumerate(state.cars.values()):
        team, position, pose, boost = CARS[1 - number]
        assert car.team_num == team
        car.physics.position = np.array(position, np.float32)
        car.physics.euler_angles = np.array([pose[1], pose[0], pose[2]], np.float32)  # pitch, yaw, roll
        car.physics.linear_velocity = np.array([7, 8, 9], np.float32)
        car.physics.angular_velocity = np.array([0.1, 0.2, 0.3], np.float32)
        car.boost_amount = boost
    state.ball.euler_angles = np.zeros(3, np.float32)
    state.ball.position = np.array([10, 20, 800], np.float32)
    state.ball.linear_velocity = np.array([100, 200, 300], np.float32)
    state.ball.angular_velocity = np.array([1, 2, 3], np.float32)
    agents = list(state.cars)
    board = ScoreboardInfo(300.0, 0.0, 0, 0, False, False)
    nothing = dict.fromkeys(agents, np.zeros(8)), dict.fromkeys(agents, 0.0)
    row = serialize.serialize_replay_frame(ReplayFrame(state, *nothing, board, 10.0, None, None))
    (start, *_) = starts(write(tmp_path / "match.npz", [row]))
    check_blue_first(start)


def quaternion(pose):
    """x, y, z, w of a rotation whose columns are ahead, right and up."""
    m = np.stack(axes(np.array(pose)), axis=1)
    w = np.sqrt(max(1 + np.trace(m), 0)) / 2
    return [(m[2, 1] - m[1, 2]) / (4 * w), (m[0, 2] - m[2, 0]) / (4 * w), (m[1, 0] - m[0, 1]) / (4 * w), w]


def test_a_pyarrow_that_does_not_fit_is_told_in_its_own_words(tmp_path, monkeypatch):
    (tmp_path / "pyarrow").mkdir()
    (tmp_path / "pyarrow/__init__.py").write_text("raise ImportError('pyarrow requires NumPy 2.0 or newer')")
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"^start state 'replays:\S+': pyarrow requires NumPy 2.0 or newer$"):
        starts(tmp_path / "match.parquet")


def write_replicar(path, count=4, cars=CARS, header=True):
    """A file as replicar writes it, with one quantized column; `count` rows, in the last of which no car is left."""
    pa = pytest.importorskip("pyarrow", exc_type=ImportError)  # new ones need numpy 2
    import pyarrow.parquet as parquet

    fields, columns = [], []

    def add(name, values, kind=None, scale=None):
        kind = kind or pa.float32()
        fields.append(pa.field(name, kind, metadata={"scale": str(scale)} if scale else None))
        columns.append(pa.array(values, kind))

    def add_vector(name, values, components="xyz"):
        for component, value in zip(components, values, strict=True):
            add(f"{name}_{component}", [value] * count)

    add("frame", range(count), pa.uint32())
    for name, values in (("position", [10, 20, 800]), ("velocity", [100, 200, 300]), ("angular_velocity", [1, 2, 3])):
        add_vector(f"ball_{name}", values)
    for index, (_, position, pose, boost) in enumerate(cars):
        car = f"car_{index}_"
        for component, value in zip("xyz", position, strict=True):
            add(f"{car}position_{component}", [value] * (count - 1) + [None])
        add_vector(f"{car}rotation", quaternion(pose), "xyzw")
        add_vector(f"{car}velocity", [7, 8, 9])
        add_vector(f"{car}angular_velocity", [0.1, 0.2, 0.3])
        add(f"{car}boost", [round(boost * 10)] * count, pa.int16(), scale=0.1)
        add(f"{car}has_jumped", [index == 1] * count, pa.bool_())
        for name in ("has_double_jumped", "has_flipped", "is_demoed"):
            add(f"{car}{name}", [False] * count, pa.bool_())
        add(f"{car}air_time_since_jump", [0.25] * count)
        add(f"{car}demo_respawn_timer", [0.0] * count)
    players = [{"index": index, "team": car[0], "name": "x", "hitbox": "octane"} for index, car in enumerate(cars)]
    about = {"format_version": 1, "players": players, "groups": ["state"]}
    schema = pa.schema(fields, metadata={"replicar": json.dumps(about)} if header else None)
    parquet.write_table(pa.table(columns, schema=schema), path)
    return path


def test_a_moment_of_replicar_is_where_it_was_with_blue_first(tmp_path):
    found = starts(write_replicar(tmp_path / "match.parquet"))
    check_blue_first(found[0])
    np.testing.assert_allclose(found[0].ball_position, [10, 20, 800])
    np.testing.assert_allclose(found[0].flip_seconds, [1.0, np.inf])


def test_a_folder_of_replicar_with_its_index(tmp_path):
    low = [(*CARS[0],), (0, [0.0, -3000.0, 17.0], [1.0, 0.0, 0.0], 50.0)]
    write_replicar(tmp_path / "one.parquet")
    write_replicar(tmp_path / "two.parquet", cars=low)
    write_replicar(tmp_path / "index.parquet", header=False)
    assert {start.position[0, 2] for start in starts(tmp_path)} == {400, 17}


def test_replicars_own_reader_reads_the_same(tmp_path):
    """So that the files of these tests are files of replicar."""
    replicar = pytest.importorskip("replicar")
    arrays = replicar.read(write_replicar(tmp_path / "match.parquet")).arrays()
    np.testing.assert_allclose(arrays["car_position"][0], [car[1] for car in CARS])
    np.testing.assert_allclose(arrays["car_boost"][0], [12, 100])
    assert arrays["car_rotation"].shape == (4, 2, 4)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("gone.npz", "No such file or directory"),
        ("match.replay", "must be a .parquet file of replicar, a folder of them, or .npz or .npy of rlgym-tools"),
        ("empty.npz", "cannot be read ("),
        ("text.npy", "cannot be read ("),
        ("pickle.npy", "cannot be read ("),
    ],
)
def test_other_files_are_one_line(tmp_path, file, message):
    (tmp_path / "match.replay").write_bytes(b"x")
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "pickle.npy", np.array([{}], object))
    np.savez(tmp_path / "empty.npz", other=np.zeros(3))
    with pytest.raises(UserError) as error:
        check_start_states([f"replays:{tmp_path / file}"], 1)
    assert str(error.value).startswith(f"start state 'replays:{tmp_path / file}': ")
    assert message in str(error.value)


def test_a_config_may_name_it_workers_play_it_and_it_is_augmented(tmp_path, make_arenas):
    path = write(tmp_path / "match.v1.npz", [frame()])
    config = load_config("final", [f"environment.start_states.replays:{path}=0.3"])
    assert config.environment.start_states[f"replays:{path}"] == 0.3
    env = make_arenas(num_workers=1, num_envs=20, start_states=((f"replays:{path}", 1.0),), augment_starts=True)
    x = env.reset()[:, 2]
    assert set(np.round(x)) == {10, -10}
