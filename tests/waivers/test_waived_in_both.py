"""What waives a finding in code waives it in the account too, once it is known to be the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.cli import run
from auditor.run import Run, load

GROUP = """\
resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = "VPC"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
RULE = "NET-SG-HIGH-RISK-PORTS"


@pytest.fixture
def project(tmp_path, monkeypatch, aws_endpoint, aws_client) -> Path:
    """Code, and the account after it was applied and somebody opened RDP by hand."""
    ec2 = aws_client("ec2", "eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    everyone = [{"CidrIp": "0.0.0.0/0"}]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": everyone}
            for port in (22, 3389)
        ],
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / "auditor.toml").write_text(
        f'[aws]\nregions = ["eu-west-1"]\nendpoint_url = "{aws_endpoint}"\n'
    )
    (tmp_path / "main.tf").write_text(GROUP.replace("VPC", vpc))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(project: Path, old: str, new: str) -> None:
    file = project / "main.tf"
    file.write_text(file.read_text().replace(old, new))


def waive(project: Path, resource: str, rule: str = RULE) -> None:
    (project / "auditor-waivers.toml").write_text(
        f"[[waiver]]\nrule = '{rule}'\nresource = '{resource}'\nreason = 'known'\n"
    )


def scan(source: str = "all", rule: str = RULE) -> Run:
    run(["scan", "--source", source, "--rule", rule, "-q", "--output", "run.json"])
    return load(Path("run.json").read_bytes(), "run.json")


def on_group(found: Run) -> dict[str, tuple[str, list[str]]]:
    """Kind of source → status of the group, and the findings that are left."""
    said = {}
    for verdict in found.verdicts:
        if "aws_security_group." in verdict.address:
            left = [finding.key for finding in verdict.findings if finding.waiver is None]
            said[found.sources[verdict.source].kind] = (verdict.status, left)
    return said


SSH, RDP = "ingress tcp 22 0.0.0.0/0", "ingress tcp 3389 0.0.0.0/0"


def test_without_one(project):
    assert on_group(scan()) == {"hcl": ("fail", [SSH]), "live": ("fail", [SSH, RDP])}


def test_a_waiver_by_the_address_in_code(project):
    waive(project, "aws_security_group.web")
    found = scan()
    assert on_group(found) == {"hcl": ("waived", []), "live": ("waived", [])}
    (live,) = [v for v in found.verdicts if v.status == "waived" and v.source == 1]
    assert live.note == "waived as aws_security_group.web in the code"
    assert [row.state for row in found.sides] == ["waived"]
    assert (found.waivers[0].state, found.waivers[0].verdicts) == ("active", 2)


def test_the_text_says_how_many_are_in_the_account(project, capsys):
    waive(project, "aws_security_group.web")
    run(["scan", "--source", "all", "--rule", RULE])
    assert (
        "  2 findings  NET-SG-HIGH-RISK-PORTS on aws_security_group.web, 1 of them in the account: "
        "known  auditor-waivers.toml:1\n"
    ) in capsys.readouterr().out


@pytest.mark.parametrize("pattern", ["arn:aws:ec2:eu-west-1:*", "sg-*", "aws_security_group.sg-*"])
def test_a_waiver_by_a_live_name_is_about_the_account_alone(project, pattern):
    waive(project, pattern)
    found = scan()
    assert on_group(found) == {"hcl": ("fail", [SSH]), "live": ("waived", [])}
    assert [row.state for row in found.sides] == ["open_on_both"]


def test_a_comment_on_the_block(project):
    change(project, "resource ", f'# auditor:ignore {RULE} reason="r"\nresource ')
    assert on_group(scan()) == {"hcl": ("waived", []), "live": ("waived", [])}


def test_a_comment_on_a_part_does_not_cover_what_was_added_by_hand(project):
    change(project, "  ingress", f'  # auditor:ignore {RULE} reason="r"\n  ingress')
    found = scan()
    assert on_group(found) == {"hcl": ("waived", []), "live": ("fail", [RDP])}
    assert [row.state for row in found.sides] == ["open_on_both"]
    assert found.waivers[0].verdicts == 2


def test_an_expired_comment_is_noted_on_both(project):
    change(project, "resource ", f'# auditor:ignore {RULE} reason="r" until=2020-01-01\nresource ')
    notes = {f.note for v in scan().verdicts for f in v.findings}
    assert notes == {"its suppression at main.tf:1:1 expired on 2020-01-01"}


@pytest.mark.parametrize(
    ("pattern", "source", "state"),
    [
        ("aws_security_group.web", "live", "idle"),  # an account alone does not know addresses
        ("arn:aws:ec2:*", "terraform", "idle"),  # nor code ids
        ("sg-1234", "terraform", "idle"),
        ("sg-1234", "live", "unused"),
        ("sg-1234", "all", "unused"),
        ("aws_security_group.gone", "terraform", "unused"),
        ("aws_security_group.gone", "all", "unused"),
    ],
)
def test_one_is_unused_only_where_that_can_be_told(project, pattern, source, state):
    waive(project, pattern)
    assert [waiver.state for waiver in scan(source).waivers] == [state]


def test_what_was_not_read_may_hold_its_resource(project):
    waive(project, "aws_security_group.gone")
    (project / "broken.tf").write_text('resource "a" {\n')
    assert [waiver.state for waiver in scan("terraform").waivers] == ["idle"]
