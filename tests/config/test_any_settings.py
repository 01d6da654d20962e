"""Whatever a settings or waiver file holds, the answer is settings or a sentence."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config import Config
from auditor.config_validation import validate
from auditor.resource import Problem
from auditor.rule_policies import policies
from auditor.toml_places import SettingsError, parse_toml
from auditor.toml_text import quoted, value_text
from auditor.waivers import Waiver, parse_waivers

WORDS = (
    "roots var_files workspace state aws fail_on source production policy environments path s3 "
    "terraform bucket key region regions profile account_id enabled severity parameters prod x"
)
NAMES = st.sampled_from(WORDS.split())
TEXTS = st.sampled_from(["high", "off", "terraform", "live", "", ".", "eu-west-1", "é\n'\"", "x"])
VALUES = st.recursive(
    st.none() | TEXTS | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def text_of(table: dict[str, object]) -> str:
    kept = {name: value for name, value in table.items() if "None" not in repr(value)}
    return "".join(f"{name} = {value_text(value)}\n" for name, value in kept.items())


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_settings(table: dict[str, object]) -> None:
    document = parse_toml(text_of(table), Path("auditor.toml"))
    problems: tuple[Problem, ...] = ()
    try:
        policies(Config(validate(document), Path(), document), "prod", [])
    except SettingsError as error:
        problems = error.problems
    assert all(p.location is not None and p.location.line >= 1 for p in problems)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["rule", "resource", "reason", "until", "environment", "owner", "x"]),
            VALUES,
        ),
        max_size=3,
    )
)
def test_waivers(entries: list[dict[str, object]]) -> None:
    text = "".join(f"[[waiver]]\n{text_of(entry)}" for entry in entries)
    found: list[Waiver] = []
    problems: tuple[Problem, ...] = ()
    try:
        found = parse_waivers(text, Path("auditor-waivers.toml"))
    except SettingsError as error:
        problems = error.problems
    assert problems or len(found) == len(entries)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written(text: str) -> None:
    written = f"key = {quoted(text)}\n"
    assert parse_toml(written, Path("x.toml")).data == {"key": text}
