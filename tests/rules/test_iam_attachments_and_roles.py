"""What is attached to whom, and whom roles trust."""

import pytest
from auditor.rules.iam import policy_attachments, roles

from auditor.model import Model, Settings
from auditor.quirks import settle
from auditor.resource import Resource
from auditor.testing import check_rule, judge_code
from auditor.values import Unknown

AWS = "arn:aws:iam::aws:policy"


def attached(arn: str) -> str:
    return f"""
      variable "arn" {{ type = string }}
      data "aws_partition" "here" {{}}
      data "aws_caller_identity" "me" {{}}
      data "aws_iam_policy" "administrator" {{ name = "AdministratorAccess" }}
      data "aws_iam_policy" "audit" {{ name = "SecurityAudit" }}
      data "aws_iam_policy" "some" {{ name = var.arn }}
      resource "aws_iam_policy" "own" {{ policy = "{{}}" }}
      resource "aws_iam_role_policy_attachment" "a" {{
        role       = "worker"
        policy_arn = {arn}
      }}
    """


ATTACHED = [
    (policy_attachments.administrator_attached, "AdministratorAccess"),
    (policy_attachments.iam_full_access_attached, "IAMFullAccess"),
    (policy_attachments.cloudshell_attached, "AWSCloudShellFullAccess"),
]


@pytest.mark.parametrize(("rule", "name"), ATTACHED)
def test_policies_of_aws(rule, name):
    check_rule(
        rule,
        bad=attached(f'"{AWS}/{name}"'),
        good=attached(f'"{AWS}/ReadOnlyAccess"'),
        unknown=attached("var.arn"),
        at="policy_arn",
    )


@pytest.mark.parametrize(
    ("arn", "status"),
    [
        ('"arn:${data.aws_partition.here.partition}:iam::aws:policy/AdministratorAccess"', "fail"),
        ('"arn:aws:iam::aws:policy/job-function/AdministratorAccess"', "fail"),
        ('"arn:aws:iam::111122223333:policy/AdministratorAccess"', "pass"),
        ("aws_iam_policy.own.arn", "pass"),
        ('"arn:${data.aws_partition.here.partition}:iam::aws:policy/SecurityAudit"', "pass"),
        ('"${var.arn}istratorAccess"', "undetermined"),
        ('"${var.arn}/AdministratorAccess"', "undetermined"),
        ("data.aws_iam_policy.administrator.arn", "fail"),
        ("data.aws_iam_policy.audit.arn", "pass"),
        ("data.aws_iam_policy.some.arn", "undetermined"),
    ],
)
def test_arns_with_holes_are_told_by_their_end(arn, status):
    (verdict,) = judge_code(policy_attachments.administrator_attached, attached(arn))
    assert verdict.status == status


def test_attachments_are_found_wherever_they_are_written():
    text = f"""
      resource "aws_iam_role" "r" {{
        name                = "r"
        assume_role_policy  = "{{}}"
        managed_policy_arns = ["{AWS}/AdministratorAccess"]
      }}
      resource "aws_iam_policy_attachment" "all" {{
        name       = "all"
        policy_arn = "{AWS}/AdministratorAccess"
        roles      = ["a"]
        users      = ["b"]
        groups     = ["c"]
      }}
      resource "aws_ssoadmin_managed_policy_attachment" "p" {{
        instance_arn       = "arn:aws:sso:::instance/i"
        permission_set_arn = "arn:aws:sso:::permissionSet/i/p"
        managed_policy_arn = "{AWS}/AdministratorAccess"
      }}
    """
    verdicts = judge_code(policy_attachments.administrator_attached, text)
    assert {(v.resource.address, v.status) for v in verdicts} == {
        ("aws_iam_role.r.managed_policy_arns[0]", "fail"),
        ("aws_iam_policy_attachment.all.roles[0]", "fail"),
        ("aws_iam_policy_attachment.all.users[0]", "fail"),
        ("aws_iam_policy_attachment.all.groups[0]", "fail"),
        ("aws_ssoadmin_managed_policy_attachment.p", "fail"),
    }


def test_a_finding_inside_a_role_points_at_the_argument():
    text = f"""
      resource "aws_iam_role" "r" {{
        assume_role_policy  = "{{}}"
        managed_policy_arns = ["{AWS}/AdministratorAccess"]
      }}
    """
    (verdict,) = judge_code(policy_attachments.administrator_attached, text)
    (finding,) = verdict.findings
    assert finding.resource.provenance.trace(finding.path).location.line == 4


def test_what_a_state_repeats_in_a_role_is_said_once():
    role = {
        "id": "r",
        "name": "r",
        "managed_policy_arns": [f"{AWS}/ReadOnlyAccess"],
        "inline_policy": [{"name": "p", "policy": "{}"}, {"name": "q", "policy": "{}"}],
    }
    model = settle(
        Model(
            [
                Resource("aws_iam_role.r", "aws_iam_role", role, source="state"),
                Resource(
                    "aws_iam_role_policy.p",
                    "aws_iam_role_policy",
                    {"id": "r:p", "role": "r", "name": "p", "policy": "{}"},
                    source="state",
                ),
                Resource(
                    "aws_iam_role_policy_attachment.a",
                    "aws_iam_role_policy_attachment",
                    {"id": "r-1", "role": "r", "policy_arn": f"{AWS}/ReadOnlyAccess"},
                    source="state",
                ),
            ],
            source="state",
        )
    )
    assert [r.address for r in model.by_type["aws_iam_role_policy"]] == [
        "aws_iam_role_policy.p",
        "aws_iam_role.r.inline_policy[1]",
    ]
    assert len(model.by_type["aws_iam_role_policy_attachment"]) == 1


def test_a_list_that_is_not_known_leaves_the_question_open():
    open_list = Unknown(because="var.arns", items=(f"{AWS}/ReadOnlyAccess",))
    role = Resource("aws_iam_role.r", "aws_iam_role", {"managed_policy_arns": open_list})
    model = settle(Model([role]))
    found = {r.address: r.exists for r in model.by_type["aws_iam_role_policy_attachment"]}
    assert found["aws_iam_role.r.managed_policy_arns[0]"] is True
    assert isinstance(found["aws_iam_role.r.managed_policy_arns"], Unknown)


def test_users_get_policies_through_groups():
    check_rule(
        policy_attachments.user_with_policies_of_its_own,
        bad=f"""
          resource "aws_iam_user" "u" {{ name = "u" }}
          resource "aws_iam_user_policy_attachment" "a" {{
            user       = aws_iam_user.u.name
            policy_arn = "{AWS}/ReadOnlyAccess"
          }}
        """,
        good="""
          resource "aws_iam_user" "u" { name = "u" }
        """,
    )


# -- trust ---------------------------------------------------------------------------------------


def trust(principal: str, condition: str = "", action: str = "sts:AssumeRole") -> str:
    return f"""
      variable "principal" {{ type = string }}
      resource "aws_iam_role" "r" {{
        name = "r"
        assume_role_policy = jsonencode({{
          Version = "2012-10-17"
          Statement = [{{
            Effect = "Allow", Action = "{action}", Principal = {principal} {condition}
          }}]
        }})
      }}
    """


ROLE = '{ AWS = "arn:aws:iam::111122223333:role/deploy" }'
BACKUP = '{ Service = "backup.amazonaws.com" }'
OWN = ', Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }'
GITHUB = (
    '{ Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }'
)


def subject(text: str) -> str:
    key = "token.actions.githubusercontent.com:sub"
    return f', Condition = {{ StringLike = {{ "{key}" = "{text}" }} }}'


def test_roles_are_not_for_anyone():
    check_rule(
        roles.role_for_anyone,
        bad=trust('{ AWS = "*" }'),
        good=trust(ROLE),
        unknown=trust("{ AWS = var.principal }"),
        at="assume_role_policy",
    )


def test_roles_are_not_for_whole_accounts():
    check_rule(
        roles.role_for_a_whole_account,
        bad=trust('{ AWS = "arn:aws:iam::111122223333:root" }'),
        good=trust(ROLE),
        unknown=trust("{ AWS = var.principal }"),
        at="assume_role_policy",
    )


def test_services_that_act_for_others_are_tied_to_a_source():
    check_rule(
        roles.role_for_a_service_without_source,
        bad=trust(BACKUP),
        good=trust(BACKUP, OWN),
        unknown=trust("{ Service = var.principal }"),
        at="assume_role_policy",
    )


def test_services_that_run_ones_own_need_no_source():
    for service in ("ec2", "lambda"):
        text = trust(f'{{ Service = "{service}.amazonaws.com" }}')
        (verdict,) = judge_code(roles.role_for_a_service_without_source, text)
        assert verdict.status == "pass"


def test_service_linked_roles_are_not_judged():
    text = trust(BACKUP).replace('name = "r"', 'name = "r"\npath = "/aws-service-role/x/"')
    assert judge_code(roles.role_for_a_service_without_source, text) == []


def test_github_is_pinned_to_a_repository():
    web = "sts:AssumeRoleWithWebIdentity"
    check_rule(
        roles.federation_not_pinned,
        bad=trust(GITHUB, action=web),
        good=trust(GITHUB, subject("repo:octo-org/octo-repo:*"), web),
        unknown=trust(GITHUB, subject("${var.principal}"), web),
        at="assume_role_policy",
    )
    (wild,) = judge_code(roles.federation_not_pinned, trust(GITHUB, subject("repo:*"), web))
    assert "names no owner" in wild.findings[0].message


def test_foreign_accounts_do_not_read_everything():
    def with_policy(name: str, account: str = "999999999999") -> str:
        return (
            trust(f'{{ AWS = "arn:aws:iam::{account}:role/x" }}')
            + f"""
              resource "aws_iam_role_policy_attachment" "a" {{
                role       = aws_iam_role.r.name
                policy_arn = "{AWS}/{name}"
              }}
            """
        )

    def statuses(text: str) -> list[str]:
        settings = Settings(account_id="111122223333")
        rule = roles.foreign_account_reads_everything
        return [v.status for v in judge_code(rule, text, settings=settings)]

    assert statuses(with_policy("ReadOnlyAccess")) == ["fail"]
    assert statuses(with_policy("ReadOnlyAccess", "111122223333")) == ["pass"]
    assert statuses(with_policy("SecurityAudit")) == ["pass"]


# -- live only: no source but the account says these -----------------------------------------------


def live_role(trusts: str, **more: object) -> Resource:
    data = {
        "id": "r",
        "arn": "arn:aws:iam::111122223333:role/r",
        "name": "r",
        "path": "/",
        "assume_role_policy": '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        f' "Principal": {{"AWS": "{trusts}"}}}}]}}',
        "create_date": "2025-01-01T00:00:00+00:00",
        "last_used_date": None,
        "read_at": "2025-06-01T00:00:00+00:00",
        **more,
    }
    return Resource("aws_iam_role.r", "aws_iam_role", data, source="live", account="111122223333")


def live_attachment(arn: str) -> Resource:
    data = {"id": f"r/{arn}", "role": "r", "policy_arn": arn}
    tf = "aws_iam_role_policy_attachment"
    return Resource(f"{tf}.r/{arn}", tf, data, source="live")


def verdicts(rule, *resources: Resource) -> list[str]:
    from auditor.engine import evaluate

    model = settle(Model(resources, source="live"))
    return [v.status for v in evaluate([rule], model)]


@pytest.mark.parametrize(
    ("trusts", "name", "status"),
    [
        ("arn:aws:iam::999999999999:role/x", "PowerUserAccess", "fail"),
        ("arn:aws:iam::999999999999:role/x", "SecurityAudit", "pass"),
        ("arn:aws:iam::111122223333:role/x", "PowerUserAccess", "pass"),
        ("arn:aws:iam::999999999999:role/x", "AWSSupportAccess", "undetermined"),
    ],
)
def test_foreign_accounts_do_not_write(trusts, name, status):
    found = verdicts(
        roles.foreign_account_writes, live_role(trusts), live_attachment(f"{AWS}/{name}")
    )
    assert found == [status]


@pytest.mark.parametrize(
    ("used", "status"),
    [("2025-05-01T00:00:00+00:00", "pass"), ("2025-03-01T00:00:00+00:00", "fail"), (None, "fail")],
)
def test_roles_that_nobody_uses(used, status):
    role = live_role("arn:aws:iam::111122223333:role/x", last_used_date=used)
    assert verdicts(roles.role_unused, role) == [status]
