"""The file of all matches: what is written comes back, and what is damaged is left out and told."""

import json
from dataclasses import replace

import pytest

from jaxrl.errors import UserError
from jaxrl.matches.ladder.records import FILE, Match, append, labels, read

MATCH = Match("3f9a", "chaser", "duel", "chaser", "1v1", "blue", 3, 1, 300.0, "rocketsim2", 32, 0)


def test_what_is_written_comes_back(tmp_path):
    """Also from a folder that was not there, and behind what an earlier ladder wrote."""
    folder, second = tmp_path / "new" / "ladder", replace(MATCH, a_color="orange", number=1)
    assert read(folder) == ([], None)
    append(folder, [MATCH])
    append(folder, [second])
    assert read(folder) == ([MATCH, second], None)
    assert labels([MATCH]) == [("3f9a", "duel"), ("chaser", "chaser")]


def test_a_process_that_was_killed_in_a_line_costs_that_line(tmp_path):
    append(tmp_path, [MATCH])
    with (tmp_path / FILE).open("a") as file:
        file.write('{"a": "3f')
    append(tmp_path, [MATCH])
    matches, damage = read(tmp_path)
    assert matches == [MATCH, MATCH]
    assert str(damage) == "line 2 is damaged and left out (not JSON)"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"a_goals": -1}, "impossible goals"),
        ({"a_goals": 1.5}, "a_goals is not a int"),
        ({"b_goals": True}, "b_goals is not a int"),
        ({"b": "3f9a"}, "impossible players"),
        ({"mode": "4v4"}, "impossible mode"),
        ({"seconds": 0.0}, "impossible seconds"),
        ({"seconds": float("nan")}, "impossible seconds"),
        ({"physics": "chance"}, "impossible physics"),
        ({"a_color": "green"}, "impossible a_color"),
        ({"a_label": None}, "a_label is not a str"),
    ],
)
def test_what_cannot_be_is_left_out(tmp_path, change, reason):
    line = {name: getattr(MATCH, name) for name in Match.__dataclass_fields__} | change
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    append(tmp_path, [MATCH])
    matches, damage = read(tmp_path)
    assert matches == [MATCH]
    assert str(damage) == f"line 1 is damaged and left out ({reason})"


def test_whatever_stands_there(tmp_path):
    """Not JSON, not an object, not text, without a key, deeper than Python goes, longer than a line may be."""
    lines = [b"goal!", b"[]", b"\xff\xfe", b"{}", b"[" * 5000, b'"' + b"x" * 30_000 + b'"', b""]
    (tmp_path / FILE).write_bytes(b"\n".join(lines) + b"\n")
    append(tmp_path, [MATCH])
    matches, damage = read(tmp_path)
    assert matches == [MATCH]
    assert damage.first == 1
    assert str(damage).endswith(" damaged lines are left out, the first is line 1 (not JSON)")


def test_keys_of_a_later_version_are_no_damage(tmp_path):
    line = {name: getattr(MATCH, name) for name in Match.__dataclass_fields__} | {"weather": "rain"}
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    assert read(tmp_path) == ([MATCH], None)


def test_places_that_cannot_be_written_are_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/matches.jsonl: cannot be written \("):
        append(tmp_path / "file", [MATCH])
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / FILE).symlink_to(tmp_path / "file")
    with pytest.raises(UserError, match="is a link, not a file"):
        append(tmp_path / "link", [MATCH])
    assert (tmp_path / "file").read_text() == ""
    (tmp_path / "folder" / FILE).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "folder")
