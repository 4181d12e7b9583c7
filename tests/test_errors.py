"""What errors say, in one line."""

from jaxrl.errors import first_line, one_line


def test_many_lines_become_one():
    assert one_line(ValueError("a\n  b\tc\n")) == "a b c"


def test_the_first_of_many_lines():
    assert first_line(ValueError("a b\nc")) == "a b"
    assert first_line(ValueError()) == ""
