from datetime import date
from pathlib import Path

import pytest

from auditor.moves import Move
from auditor.resource import Location, Resource
from auditor.rule import Rule, rule
from auditor.run import FindingEntry, ResourceEntry, Run, SourceEntry, VerdictEntry
from auditor.toml_places import SettingsError
from auditor.waivers import Waiver, find_waivers, parse_waivers
from auditor.waiving import apply_waivers

FILE = Path("auditor-waivers.toml")
TODAY = date(2026, 6, 15)


def waivers(text: str) -> list[Waiver]:
    return parse_waivers(text, FILE)


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        waivers(text)
    return [str(problem) for problem in error.value.problems]


def test_a_whole_entry() -> None:
    text = """# why
[[waiver]]
rule = "ENC-S3-BUCKET-KMS"
resource = ["aws_s3_bucket.a", "arn:aws:s3:::a"]
environment = "dev"
reason = " public assets "
owner = "web"
ticket = "WEB-17"
until = 2027-03-31
"""
    assert waivers(text) == [
        Waiver(
            rule="ENC-S3-BUCKET-KMS",
            resources=("aws_s3_bucket.a", "arn:aws:s3:::a"),
            reason="public assets",
            environments=("dev",),
            owner="web",
            ticket="WEB-17",
            until=date(2027, 3, 31),
            location=Location("auditor-waivers.toml", 2),
        )
    ]


def test_every_mistake_has_its_line() -> None:
    text = """title = "x"
[[waiver]]
rule = "A"
resource = "x"

[[waiver]]
rule = 3
resource = []
reason = " "
untill = 2027-03-31
until = "2027-03-31"

[[waiver]]
rule = "*"
resource = "*"
reason = "peace"
until = 2027-03-31T10:00:00
"""
    assert mistakes(text) == [
        "auditor-waivers.toml:1: no such table: entries are [[waiver]]",
        "auditor-waivers.toml:2: reason is required: say why this may stay",
        "auditor-waivers.toml:7: rule must be a string in quotes",
        "auditor-waivers.toml:8: resource must be a string or a list of strings",
        "auditor-waivers.toml:9: reason is empty: say why this may stay",
        "auditor-waivers.toml:10: untill is no part of a waiver: did you mean until?",
        "auditor-waivers.toml:11: until must be a date, such as 2027-03-31 without quotes",
        "auditor-waivers.toml:13: it would waive everything: name a rule or a resource",
        "auditor-waivers.toml:17: until must be a date, such as 2027-03-31 without quotes",
    ]


def test_other_shapes() -> None:
    assert mistakes('[waiver]\nrule = "A"\n') == [
        "auditor-waivers.toml:1: entries have two brackets: [[waiver]]"
    ]
    assert mistakes("waiver = [1]\n") == ["auditor-waivers.toml:1: must be a table: [[waiver]]"]
    assert waivers("") == []


def test_the_nearest_file_within_the_repository(tmp_path: Path) -> None:
    (tmp_path / "r/.git").mkdir(parents=True)
    (tmp_path / "r/infra").mkdir()
    (tmp_path / FILE).touch()
    assert find_waivers(tmp_path / "r/infra") is None
    (tmp_path / "r" / FILE).touch()
    assert find_waivers(tmp_path / "r/infra") == tmp_path / "r" / FILE


# -- applying -------------------------------------------------------------------------------------


def named(id: str) -> Rule:
    def check(resource: Resource) -> None:
        """Title.

        Why: why.
        Fix: fix.
        Source: source.
        """

    return rule(id, severity="high", on=Resource, family="encryption")(check)


RULES = [named("ENC-A"), named("ENC-B"), named("NET-C")]


def run_of(*verdicts: VerdictEntry) -> Run:
    """Sources: code of dev, code of no environment, a live account of prod."""
    run = Run(version="0", started="2026-06-15T00:00:00+00:00", verdicts=list(verdicts))
    run.sources = [
        SourceEntry("hcl", "infra", environment="dev"),
        SourceEntry("hcl", "infra"),
        SourceEntry("live", "aws:123456789012", environment="prod"),
    ]
    run.resources = [
        ResourceEntry('module.m["a"].aws_s3_bucket.b[0]', "aws_s3_bucket", 0),
        ResourceEntry("aws_s3_bucket.b", "aws_s3_bucket", 1),
        ResourceEntry(
            "aws_kms_key.1234-ab",
            "aws_kms_key",
            2,
            region="eu-west-1",
            account="123456789012",
            arn="arn:aws:kms:eu-west-1:123456789012:key/1234-ab",
        ),
    ]
    return run


def failing(rule: str, resource: int, findings: int = 1) -> VerdictEntry:
    entries = [FindingEntry(f"is wrong {n}", f"f{n}") for n in range(findings)]
    return VerdictEntry(rule, "fail", "high", resource=resource, source=resource, findings=entries)


def apply(run: Run, text: str) -> None:
    apply_waivers(run, waivers(text), RULES, TODAY, "auditor-waivers.toml")


def entry(rule: str, resource: str, more: str = "") -> str:
    return f"[[waiver]]\nrule = '{rule}'\nresource = '{resource}'\nreason = 'known'\n{more}\n"


@pytest.mark.parametrize(
    ("pattern", "resource", "status"),
    [
        ('module.m["a"].aws_s3_bucket.b[0]', 0, "waived"),
        ("module.m[*].aws_s3_bucket.*", 0, "waived"),
        ("aws_s3_bucket.b", 0, "fail"),
        ("*", 0, "waived"),
        ("aws_s3_bucket.b", 1, "waived"),
        ("b", 1, "fail"),
        ("1234-ab", 2, "waived"),
        ("aws_kms_key.1234-ab", 2, "waived"),
        ("arn:aws:kms:*:123456789012:key/1234-*", 2, "waived"),
        ("arn:aws:kms:*:210987654321:key/*", 2, "fail"),
    ],
)
def test_a_resource_is_named_by_address_id_or_arn(pattern: str, resource: int, status: str) -> None:
    run = run_of(failing("ENC-A", resource))
    apply(run, entry("ENC-A", pattern))
    assert run.verdicts[0].status == status


@pytest.mark.parametrize(
    ("rule", "status"),
    [("ENC-A", "waived"), ("enc-a", "waived"), ("ENC-*", "waived"), ("NET-C", "fail")],
)
def test_a_rule_is_named_by_id_or_glob(rule: str, status: str) -> None:
    run = run_of(failing("ENC-A", 1))
    apply(run, entry(rule, "aws_*"))
    assert run.verdicts[0].status == status


@pytest.mark.parametrize(
    ("environment", "statuses"),
    [
        ("'dev'", ["waived", "fail", "fail"]),
        ("'DEV'", ["waived", "fail", "fail"]),
        ("['dev', 'p*']", ["waived", "fail", "waived"]),
        ("'*'", ["waived", "fail", "waived"]),
        ("'qa'", ["fail", "fail", "fail"]),
    ],
)
def test_an_environment_narrows_it(environment: str, statuses: list[str]) -> None:
    run = run_of(failing("ENC-A", 0), failing("ENC-A", 1), failing("ENC-A", 2))
    apply(run, entry("ENC-A", "*", f"environment = {environment}"))
    assert [v.status for v in run.verdicts] == statuses


def test_who_why_and_until_are_in_the_run() -> None:
    run = run_of(failing("ENC-A", 1, findings=2))
    apply(run, entry("ENC-A", "*", "owner='web'\nticket='W-1'\nuntil=2026-06-15"))
    verdict, waiver = run.verdicts[0], run.waivers[0]
    assert (verdict.status, verdict.waiver, [f.waiver for f in verdict.findings]) == (
        "waived",
        0,
        [0, 0],
    )
    assert (waiver.kind, waiver.rules, waiver.state, waiver.verdicts) == (
        "file",
        ["ENC-A"],
        "active",
        1,
    )
    assert (waiver.owner, waiver.ticket, waiver.until) == ("web", "W-1", "2026-06-15")
    assert waiver.location == Location("auditor-waivers.toml", 1)
    assert run.problems == []


def test_undetermined_is_waived_but_not_what_could_not_be_listed_or_crashed() -> None:
    run = run_of(
        VerdictEntry("ENC-A", "undetermined", "high", resource=1, source=1),
        VerdictEntry("ENC-A", "undetermined", "high", source=2),
        VerdictEntry("ENC-A", "error", "high", resource=1, source=1),
        VerdictEntry("ENC-A", "pass", "high", resource=1, source=1),
    )
    apply(run, entry("ENC-A", "*"))
    assert [v.status for v in run.verdicts] == ["waived", "undetermined", "error", "pass"]


def test_an_expired_one_waives_nothing_and_says_so() -> None:
    run = run_of(failing("ENC-A", 1))
    apply(run, entry("ENC-A", "aws_s3_bucket.b", "until = 2026-06-14"))
    assert run.verdicts[0].status == "fail"
    assert run.verdicts[0].note == "its waiver at auditor-waivers.toml:1 expired on 2026-06-14"
    assert run.waivers[0].state == "expired"
    assert [str(p.summary) for p in run.problems] == [
        "A waiver (ENC-A on aws_s3_bucket.b) waives nothing: it expired on 2026-06-14"
    ]


def test_another_waiver_may_still_hold() -> None:
    run = run_of(failing("ENC-A", 1))
    apply(run, entry("ENC-A", "*", "until = 2026-06-14") + entry("ENC-A", "aws_*"))
    assert (run.verdicts[0].status, run.verdicts[0].waiver) == ("waived", 1)
    assert run.verdicts[0].note == ""


@pytest.mark.parametrize(
    ("text", "state", "because"),
    [
        (
            entry("ENC-A", "aws_s3_bucket.b"),
            "unused",
            "its resource has nothing to waive any more: take it out",
        ),
        (entry("ENC-A", "aws_s3_bucket.x"), "unused", "no resource in this run is called that"),
        (entry("ENC-B", "aws_s3_bucket.b"), "idle", ""),
        (entry("ENC-A", "aws_s3_bucket.b", "environment = 'prod'"), "idle", ""),
        (entry("ENC-X", "*"), "invalid", "no rule is called ENC-X; did you mean ENC-B?"),
        (entry("XYZ-*", "aws"), "invalid", "no rule is called XYZ-*"),
    ],
)
def test_one_that_waives_nothing_says_why(text: str, state: str, because: str) -> None:
    run = run_of(VerdictEntry("ENC-A", "pass", "high", resource=1, source=1))
    apply(run, text)
    assert (run.waivers[0].state, run.waivers[0].because) == (state, because)
    assert [p.level for p in run.problems] == ([] if state == "idle" else ["warning"])


def test_what_passes_in_one_environment_may_fail_in_another() -> None:
    run = run_of(VerdictEntry("ENC-A", "pass", "high", resource=0, source=0))
    apply(run, entry("ENC-A", "module.m*"))
    assert run.waivers[0].because == (
        "its resource has nothing to waive in dev: say which environment it is for, or take it out"
    )


def test_an_expired_one_of_another_environment_is_left_alone() -> None:
    run = run_of(failing("ENC-A", 1))
    apply(run, entry("ENC-A", "*", "environment = 'qa'\nuntil = 2026-06-14"))
    assert (run.waivers[0].state, run.problems) == ("idle", [])


def test_the_name_of_a_block_is_no_id() -> None:
    """Also where an account is known, as in a state."""
    run = run_of(failing("ENC-A", 1))
    run.resources[1].account = "123456789012"
    apply(run, entry("ENC-A", "b"))
    assert run.verdicts[0].status == "fail"


def test_everything_is_not_waived_by_another_spelling() -> None:
    assert mistakes("[[waiver]]\nrule = '**'\nresource = ['?*']\nreason = 'r'\n") == [
        "auditor-waivers.toml:1: it would waive everything: name a rule or a resource"
    ]


def test_an_environment_that_there_is_not() -> None:
    """Told where all of them were judged; otherwise it may be one of the others."""
    run = run_of(failing("ENC-A", 0))
    run.environments = ["dev", "prod"]
    apply(run, entry("ENC-A", "*", "environment = 'prdo'"))
    assert run.waivers[0].state == "idle"
    run = run_of(failing("ENC-A", 0))
    run.environments, run.options = ["dev", "prod"], {"environment": "all"}
    apply(run, entry("ENC-A", "*", "environment = 'prdo'"))
    assert (run.waivers[0].state, run.waivers[0].because) == (
        "unused",
        "there is no environment prdo; did you mean prod?",
    )


def test_waivers_from_outside_of_the_repository_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "r/.git").mkdir(parents=True)
    (tmp_path / FILE).touch()
    (tmp_path / "r" / FILE).symlink_to(tmp_path / FILE)
    with pytest.raises(SettingsError, match="is a link out of the repository, so it does not"):
        find_waivers(tmp_path / "r")


def test_one_for_an_address_that_moved_says_where_to() -> None:
    run = run_of(VerdictEntry("ENC-A", "fail", "high", resource=1, source=1))
    run.sources[1].moved = [Move("aws_s3_bucket.old", "aws_s3_bucket.b")]
    apply(run, entry("ENC-A", "aws_s3_bucket.old"))
    assert (run.waivers[0].state, run.waivers[0].because) == (
        "unused",
        "it moved: name aws_s3_bucket.b",
    )
