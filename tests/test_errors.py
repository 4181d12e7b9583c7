"""What errors say, in one line."""

from jaxrl.errors import SaveError, UserError, first_line, one_line, printable


def test_many_lines_become_one():
    assert one_line(ValueError("a\n  b\tc\n")) == "a b c"


def test_the_first_of_many_lines():
    assert first_line(ValueError("a b\nc")) == "a b"
    assert first_line(ValueError()) == ""


HOSTILE = "a\x1b[2J\x07\x9b31m\u202eb\udcff\x7f\r c\n\td"
SHOWN = "a\\x1b[2J\\x07\\x9b31m\\u202eb\\udcff\\x7f"


def test_what_a_terminal_would_obey_is_shown_instead():
    assert printable(HOSTILE) == SHOWN + "\\r c\n\\td"
    assert one_line(HOSTILE) == SHOWN + " c d"
    assert first_line(ValueError(HOSTILE)) == SHOWN + "\\r c"
    assert printable("Füße, 足球 ⚽, C:\\x1b") == "Füße, 足球 ⚽, C:\\x1b"


def test_errors_for_people_are_one_printable_line():
    """Of whatever they were made, and however often one is made from another."""
    error = UserError(f"x: {UserError(HOSTILE)}\nmore")
    assert str(error) == f"x: {SHOWN}  c \\td more"
    assert str(SaveError(HOSTILE)).isprintable()
    assert str(UserError("two  spaces in a name")) == "two  spaces in a name"
