from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.toml_places import SettingsError, parse_toml, read_toml

TEXT = '''# a comment = 1
a = 1
"q.x" = "text # no comment" # = a comment
b.c.d = """
several = "lines"
"""
[env.prod]
roots = [
  "x", # [ no bracket
  'y',
  { k = 1, z = [1, 2] },
]
p = { a = "x", "ENC-*" = { severity = "low" } }
[[w]]
rule = 1979-05-27T07:32:00Z
[w.sub]
k = 1
[[w]]
rule = \'\'\'a
b\'\'\'\'\'
[[w.n]]
q = 1
[env."a b"]
x = true
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("a",), 2),
        (("q.x",), 3),
        (("b", "c", "d"), 4),
        (("env", "prod"), 7),
        (("env", "prod", "roots", 1), 10),
        (("env", "prod", "roots", 2, "z", 1), 11),
        (("env", "prod", "p", "ENC-*", "severity"), 13),
        (("w", 0, "rule"), 15),
        (("w", 0, "sub", "k"), 17),
        (("w", 1), 18),
        (("w", 1, "rule"), 19),
        (("w", 1, "n", 0, "q"), 22),
        (("env", "a b", "x"), 24),
    ],
)
def test_every_key_has_its_line(key: tuple[str | int, ...], line: int) -> None:
    assert parse_toml(TEXT, Path("x.toml")).place(key).line == line


def test_a_key_that_is_not_written_stands_where_its_table_does() -> None:
    assert parse_toml(TEXT, Path("x.toml")).place(("env", "prod", "state", "s3")).line == 7


def test_a_part_counts_lines_as_the_file_does() -> None:
    part = parse_toml(TEXT, Path("x.toml")).part("env", "prod")
    assert list(part.data) == ["roots", "p"]
    assert part.place(("roots",)).line == 8


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert parse_toml("\ufeffa = 1\r\nb = 2\r\n", Path("x.toml")).place(("b",)).line == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb = \n", "x.toml:2:5: not valid TOML: Invalid value (text stands in quotes)"),
        ("a = [1,\n", "x.toml:2: not valid TOML: Invalid value (at end of document)"),
        ("a = 1\na = 2\n", "x.toml:2:1: a is written twice: join the two"),
    ],
)
def test_broken_text_names_the_line(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_toml(text, Path("x.toml"))
    assert str(error.value) == message


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*none\.toml: No such file or directory"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        read_toml(tmp_path / "binary.toml")
    with pytest.raises(SettingsError, match="Is a directory"):
        read_toml(tmp_path)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(SettingsError):
        parse_toml("a = " + "[" * 100_000, Path("x.toml"))


KEYS = st.sampled_from(["a", '"b.c"', "'d'", "e-1", "f . g", '"\\u0041"'])
VALUES = st.recursive(
    st.sampled_from(["1", "'x'", '"y # ]"', "true", '"""\nz\n"""', "2020-01-01", "inf", "'''q'''"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + "# c\n]")
        | inner.map(lambda value: f"{{ k = {value} }}" if "\n" not in value else value)
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t]", "[[u]]", "[t.v]"]), KEYS, VALUES)))
def test_whatever_tomllib_takes_gets_lines(entries: list[tuple[str, str, str]]) -> None:
    text = "\n".join(f"{header}\n{key} = {value}" for header, key, value in entries)
    try:
        document = parse_toml(text, Path("x.toml"))
    except SettingsError:
        return
    lines = text.split("\n")
    for key, line in document.lines.items():
        if isinstance(key[-1], str) and key[-1] in "ade-1":
            assert key[-1] in lines[line - 1]
