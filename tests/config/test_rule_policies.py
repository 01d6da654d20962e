from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.config import Config, Settings, read_config
from auditor.engine import Policy
from auditor.patterns import glob
from auditor.resource import Resource
from auditor.rule import Rule, rule
from auditor.rule_policies import is_production, policies
from auditor.toml_places import SettingsError


def made(id: str, check: Callable[..., Any] = lambda resource: None, **kwargs: Any) -> Rule:
    check.__doc__ = "Title.\n\nWhy: why.\nFix: fix.\nSource: source.\n"
    kwargs = {"severity": "medium", "on": Resource, "family": "backup", **kwargs}
    return rule(id, **kwargs)(check)


def retention(
    resource: Resource, *, minimum_days: int = 7, engines: tuple[str, ...] = ("a",)
) -> None:
    return None


RULES = [
    made("BAK-RDS-RETENTION", retention),
    made("BAK-S3-VERSIONING"),
    made("HA-RDS-MULTI-AZ", production=True, family="high-availability"),
    made("ENC-RDS-INSTANCE", severity="high", family="encryption"),
]


def config_of(tmp_path: Path, text: str) -> Config:
    (tmp_path / "auditor.toml").write_text(text, encoding="utf-8")
    return read_config(tmp_path / "auditor.toml")


def test_production_rules_inform_outside_of_production() -> None:
    nothing = Config(Settings(), Path())
    assert policies(nothing, "prod", RULES) == {}
    assert policies(nothing, "dev", RULES) == {"HA-RDS-MULTI-AZ": Policy(severity="info")}
    assert policies(nothing, None, RULES) == {"HA-RDS-MULTI-AZ": Policy(severity="info")}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("prod", True),
        ("production", True),
        ("PROD", True),
        ("prod-eu", True),
        ("eu_prd", True),
        ("staging", False),
        ("nonprod", False),
        ("non-prod", False),
        ("pre-production", False),
        ("product", False),
        (None, False),
    ],
)
def test_production_by_name(name: str | None, answer: bool) -> None:
    assert is_production(Config(Settings(), Path()), name) is answer


def test_production_by_setting(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        "[environments.live]\nproduction = true\n[environments.prod]\nproduction = false\n",
    )
    assert is_production(config, "live")
    assert not is_production(config, "prod")


def test_the_more_specific_wins_and_the_environment_last(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        [policy]
        "BAK-RDS-RETENTION" = "critical"
        "BAK-*" = { severity = "low", parameters = { minimum_days = 14 } }
        backup = "off"
        "HA-RDS-MULTI-AZ" = "low"
        [environments.prod.policy]
        "*-RDS-*" = "on"
        "BAK-RDS-RETENTION" = { parameters = { minimum_days = 35, engines = ["a", "b"] } }
        """,
    )
    assert policies(config, "prod", RULES) == {
        "BAK-RDS-RETENTION": Policy(True, "critical", {"minimum_days": 35, "engines": ("a", "b")}),
        "BAK-S3-VERSIONING": Policy(False, "low"),
        "HA-RDS-MULTI-AZ": Policy(True, "low"),
    }
    assert policies(config, "dev", RULES)["BAK-RDS-RETENTION"] == Policy(
        False, "critical", {"minimum_days": 14}
    )


def test_mistakes_in_any_environment_are_named(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """[policy]
"ENC-RDS-INSTANC" = "off"
"XYZ-*" = "off"
encryptoin = "off"
[environments.dev.policy]
"BAK-RDS-RETENTION" = { parameters = { minimum_day = 3 } }
"BAK-*" = { parameters = { minimum_days = "3" } }
"BAK-S3-VERSIONING" = { parameters = { days = 3 } }
"BAK-RDS-*" = { parameters = { minimum_days = true, engines = [1] } }
""",
    )
    with pytest.raises(SettingsError) as error:
        policies(config, "prod", RULES)
    assert [f"{p.location.line}: {p.summary}" for p in error.value.problems if p.location] == [
        "2: policy.ENC-RDS-INSTANC: no rule has this id and no family this name; "
        "did you mean ENC-RDS-INSTANCE?",
        '3: policy."XYZ-*": no rule has an id like this; `auditor rules` lists them',
        "4: policy.encryptoin: no rule has this id and no family this name; "
        "did you mean encryption?",
        "6: environments.dev.policy.BAK-RDS-RETENTION.parameters.minimum_day: "
        "BAK-RDS-RETENTION has no such parameter; did you mean minimum_days?",
        '7: environments.dev.policy."BAK-*".parameters.minimum_days: '
        "must be a whole number, as its default in BAK-RDS-RETENTION, 7",
        "8: environments.dev.policy.BAK-S3-VERSIONING.parameters.days: "
        "BAK-S3-VERSIONING takes no parameters",
        '9: environments.dev.policy."BAK-RDS-*".parameters.minimum_days: '
        "must be a whole number, as its default in BAK-RDS-RETENTION, 7",
        '9: environments.dev.policy."BAK-RDS-*".parameters.engines: '
        'must be a list like it, as its default in BAK-RDS-RETENTION, ["a"]',
    ]


@pytest.mark.parametrize(
    ("pattern", "name", "answer"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("*", "", True),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXcYb", False),
        ("ab*ba", "aba", False),
        ('aws_subnet.a["x"]', 'aws_subnet.a["x"]', True),
        ("aws_subnet.a[*]", "aws_subnet.a[0]", True),
        ("aws_subnet.a[0]", "aws_subnet.a0", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("**/x", "a/b/x", True),
        ("*" + "a*" * 30 + "b", "a" * 500, False),
    ],
)
def test_globs(pattern: str, name: str, answer: bool) -> None:
    assert bool(glob(pattern).fullmatch(name)) is answer
