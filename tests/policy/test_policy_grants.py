"""What identity policies grant: the rules about administrators, wildcards and ways up."""

import pytest
from policy_samples import allow, deny, labels, policy, text

from auditor.policy import (
    CREDENTIALS_EXPOSURE,
    DATA_EXFILTRATION,
    PERMISSIONS_MANAGEMENT,
    Statement,
    is_write,
    takes_resource,
)
from auditor.values import Undetermined


def full_admins(parsed):
    return labels(parsed.granting(Statement.grants_full_admin))


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", "*"),
        allow("*:*", "*"),
        allow(["s3:Get*", "*"], ["arn:aws:s3:::b", "*"]),
        allow("*", "arn:aws:*"),
        allow("**", "**"),
        {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"},
    ],
)
def test_full_admin(statement):
    assert full_admins(policy(statement)) == ["statement 1"]


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", "arn:aws:s3:::b/*"),
        allow("s3:*", "*"),
        deny("*", "*"),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        allow("*", "<aws_s3_bucket.b.arn>"),
        allow("*", "<aws_s3_bucket.b.arn>/*"),
        allow("s3:<var.verb>", "*"),
    ],
)
def test_no_full_admin(statement):
    assert full_admins(policy(statement)) == []


@pytest.mark.parametrize("statement", [allow("<var.action>"), allow("*", "<var.resource>")])
def test_maybe_full_admin(statement):
    with pytest.raises(Undetermined, match=r"var\."):
        full_admins(policy(statement))


def test_a_certain_admin_comes_before_the_doubt():
    found = policy(allow("<var.action>"), allow("*")).granting(Statement.grants_full_admin)
    assert next(found).label == "statement 2"
    with pytest.raises(Undetermined):
        next(found)


def test_star_action_and_service_wildcards():
    parsed = policy(allow("*", "x"), allow(["s3:*", "ec2:Describe*", "KMS:**"]), allow("s3:Get*"))
    assert labels(parsed.granting(Statement.has_star_action)) == ["statement 1"]
    assert labels(parsed.granting(Statement.has_service_wildcard)) == ["statement 1", "statement 2"]
    assert list(parsed.statements[1].service_wildcards()) == [(0, "s3"), (2, "kms")]
    assert list(parsed.statements[0].service_wildcards()) == [(0, "*")]


@pytest.mark.parametrize(
    ("statement", "whole"),
    [
        (allow("iam:*"), True),
        (allow("*"), True),
        (allow("iam:*", "arn:aws:iam::*:*"), True),
        (allow("iam:*", "arn:aws:iam::111122223333:role/*"), True),
        (allow("iam:*", "arn:aws:iam::111122223333:role/app-*"), False),
        (allow("iam:Get*"), False),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["iam:Delete*"], "Resource": "*"}, False),
    ],
)
def test_whole_service_everywhere(statement, whole):
    assert (labels(policy(statement).granting(lambda s: s.grants_service("iam"))) != []) is whole


# -- allows -------------------------------------------------------------------------------------


def test_allows_one_action_on_one_resource():
    parsed = policy(allow("s3:Get*", "arn:aws:s3:::b/*"))
    assert parsed.allows("s3:GetObject", "arn:aws:s3:::b/key")
    assert parsed.allows("S3:getobject", "arn:aws:s3:::b/*")
    assert not parsed.allows("s3:GetObject", "arn:aws:s3:::b")
    assert not parsed.allows("s3:GetObject")
    assert not parsed.allows("s3:*", "arn:aws:s3:::b/key")


def test_not_action_allows_all_but_its_own():
    parsed = policy({"Effect": "Allow", "NotAction": ["iam:*", "sts:Get*"], "Resource": "*"})
    assert parsed.allows("s3:GetObject")
    assert parsed.allows("sts:AssumeRole")
    assert not parsed.allows("iam:CreateUser")
    assert not parsed.allows("sts:*")
    assert parsed.statements[0].meets_action("sts:*")
    assert not parsed.statements[0].meets_action("iam:Create*")


def test_not_resource_allows_all_but_its_own():
    parsed = policy({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"})
    assert parsed.allows("s3:GetObject", "arn:aws:s3:::c/key")
    assert not parsed.allows("s3:GetObject", "arn:aws:s3:::b/key")
    assert not parsed.allows("s3:GetObject", "arn:aws:s3:::*")


def test_a_deny_takes_back_what_it_certainly_covers():
    allowed = allow("s3:*")
    assert not policy(allowed, deny("s3:Delete*")).allows("s3:DeleteObject")
    assert policy(allowed, deny("s3:Delete*")).allows("s3:*")
    assert policy(allowed, deny("s3:*", "arn:aws:s3:::b/*")).allows("s3:GetObject")
    mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    assert policy(allowed, deny("s3:*", Condition=mfa)).allows("s3:GetObject")


def test_a_deny_of_an_unknown_resource_leaves_it_open():
    parsed = policy(allow("s3:*"), deny("s3:*", "<var.resource>"))
    with pytest.raises(Undetermined, match=r"var\.resource"):
        parsed.allows("s3:GetObject")
    assert not policy(deny("s3:*", "<var.resource>")).allows("s3:GetObject")


def test_conditions_count_when_they_are_asked_for():
    parsed = policy(allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    assert parsed.allows("s3:GetObject")
    assert not parsed.allows("s3:GetObject", unconditional=True)
    assert parsed.uses_condition_key("aws:multifactorauthpresent")
    assert not parsed.uses_condition_key("aws:SourceIp")


# -- tables of actions ----------------------------------------------------------------------------


def actions(grants):
    return [grant.action for grant in grants]


def test_exfiltration_on_everything():
    parsed = policy(
        allow(["s3:GetObject", "logs:*"]),
        allow("ssm:GetParameter*", "arn:aws:ssm:*:111122223333:parameter/*"),
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:app/*"),
    )
    assert actions(parsed.actions_matching(DATA_EXFILTRATION)) == [
        "s3:GetObject",
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
    ]


def test_a_grant_says_where_it_stands():
    written = text(
        '{"Statement": {\n"Effect": "Allow",\n"Resource": "*",\n"Action": [\n"logs:*",\n"s3:*"]}}'
    )
    from auditor.policy import Policy

    (grant,) = Policy.parse(written).actions_matching({"s3:GetObject"})
    assert (grant.position, grant.line) == (1, 5)


def test_buckets_of_all_names_are_everything():
    parsed = policy(allow("s3:GetObject", "arn:aws:s3:::*/*"))
    assert actions(parsed.actions_matching({"s3:GetObject"})) == ["s3:GetObject"]
    assert actions(parsed.actions_matching({"s3:GetObject"}, everywhere=False)) != []


def test_keys_of_the_own_account_are_everything():
    account = "<data.aws_caller_identity.current.account_id>"
    region = "<data.aws_region.current.name>"
    parsed = policy(allow("kms:Decrypt", f"arn:aws:kms:{region}:{account}:key/*"))
    assert actions(parsed.actions_matching({"kms:Decrypt"})) == ["kms:Decrypt"]


def test_a_scoped_statement_grants_nothing_everywhere():
    parsed = policy(allow("kms:Decrypt", ["<aws_kms_key.k.arn>", "arn:aws:kms:*:*:key/1a-*"]))
    assert actions(parsed.actions_matching({"kms:Decrypt"})) == []


def test_a_pattern_of_a_table_is_any_action_of_it():
    parsed = policy(allow("iam:AttachRolePolicy"))
    assert actions(parsed.actions_matching(PERMISSIONS_MANAGEMENT)) == ["iam:Attach*"]


def test_a_conditional_grant_is_left_out_when_asked():
    statement = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "x"}})
    assert actions(policy(statement).actions_matching({"iam:PassRole"})) == ["iam:PassRole"]
    found = policy(statement).actions_matching(PERMISSIONS_MANAGEMENT, unconditional=True)
    assert actions(found) == []
    assert policy(statement).statements[0].has_condition_on("iam:PassedToService")


def test_what_a_deny_takes_back_is_no_grant():
    parsed = policy(allow("sts:*"), deny("sts:AssumeRole*"))
    found = actions(parsed.actions_matching(CREDENTIALS_EXPOSURE))
    assert found == ["sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"]


def test_not_action_grants_the_tables_actions_too():
    parsed = policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})
    (grant,) = parsed.actions_matching({"kms:Decrypt", "s3:GetObject"})
    assert (grant.action, grant.position) == ("kms:Decrypt", None)


def test_an_unknown_action_may_be_in_the_table():
    found = policy(allow(["s3:GetObject", "<var.action>"])).actions_matching(DATA_EXFILTRATION)
    assert next(found).action == "s3:GetObject"
    with pytest.raises(Undetermined, match=r"var\.action"):
        list(found)


# -- access levels -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "writes"),
    [
        ("s3:PutObject", True),
        ("s3:GetObject", False),
        ("s3:Get*", False),
        ("s3:*", True),
        ("*", True),
        ("s3:D*", True),
        ("ec2:Describe*", False),
        ("dynamodb:BatchGetItem", False),
        ("dynamodb:BatchWriteItem", True),
        ("kms:Decrypt", True),
        ("sqs:SendMessage", True),
    ],
)
def test_write_actions(action, writes):
    assert is_write(action) is writes


@pytest.mark.parametrize(
    ("action", "scoped"),
    [
        ("ec2:DescribeInstances", False),
        ("ec2:Describe*", False),
        ("ec2:RunInstances", True),
        ("sts:GetCallerIdentity", False),
        ("ecr:GetAuthorizationToken", False),
        ("cloudwatch:PutMetricData", False),
        ("xray:PutTraceSegments", False),
        ("s3:ListAllMyBuckets", False),
        ("s3:ListBucket", True),
        ("s3:*", True),
        ("*", True),
        ("dynamodb:DescribeTable", True),
        ("logs:PutLogEvents", True),
    ],
)
def test_actions_that_take_a_resource(action, scoped):
    assert takes_resource(action) is scoped


def test_star_where_an_arn_would_do():
    parsed = policy(
        allow(["ec2:DescribeInstances", "s3:GetObject"]),
        allow("s3:GetObject", "arn:aws:s3:::b/*"),
        deny("s3:*"),
    )
    assert [(g.statement.label, g.action) for g in parsed.unscoped_grants()] == []
    parsed = policy(allow(["ec2:DescribeInstances", "s3:GetObject"]))
    assert [(g.action, g.position) for g in parsed.unscoped_grants()] == [("s3:GetObject", 1)]


def test_writes_without_bounds():
    bounded = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    parsed = policy(
        allow(["dynamodb:PutItem", "dynamodb:GetItem", "cloudwatch:PutMetricData"]),
        allow("sqs:SendMessage", Condition=bounded),
        allow("sns:Publish", "arn:aws:sns:*:*:topic"),
    )
    assert actions(parsed.unconstrained_writes()) == ["dynamodb:PutItem"]
    assert parsed.allows_write()
    assert not policy(allow(["s3:Get*", "s3:List*"])).allows_write()


def test_changes_of_permissions_are_no_writes():
    parsed = policy(allow(["s3:PutBucketPolicy", "iam:AttachRolePolicy", "s3:PutObject"]))
    assert actions(parsed.unconstrained_writes()) == ["s3:PutObject"]
    assert actions(policy(allow("iam:*")).unconstrained_writes()) == ["iam:*"]


# -- ways up ---------------------------------------------------------------------------------------


def ways(parsed):
    return [way.name for way in parsed.escalations()]


def test_passing_a_role_to_a_function():
    parsed = policy(
        allow("iam:PassRole"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
    )
    (way,) = parsed.escalations()
    assert way.name == "passes a role to a function that it calls"
    assert way.actions == ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    assert labels(way.statements) == ["statement 1", "statement 2"]


def test_one_action_can_be_enough():
    assert ways(policy(allow("iam:CreatePolicyVersion"))) == ["writes a new version of a policy"]


def test_an_administrator_has_every_way():
    assert len(ways(policy(allow("*")))) > 50


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:PassRole"),
        allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"),
        allow("iam:CreateAccessKey", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        allow(["iam:PassRole", "lambda:*"], "<aws_iam_role.r.arn>"),
        deny("*"),
    ],
)
def test_no_way_up(statement):
    assert ways(policy(statement)) == []


def test_a_denied_step_closes_the_way():
    assert ways(policy(allow("iam:CreateAccessKey"), deny("iam:*"))) == []


def test_an_unknown_step_leaves_the_way_open():
    with pytest.raises(Undetermined, match=r"var\.action"):
        ways(policy(allow(["iam:PassRole", "<var.action>"])))


def test_not_action_on_everything_is_unscoped_and_writes():
    parsed = policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    (grant,) = parsed.unscoped_grants()
    assert (grant.action, grant.position) == ("*", None)
    assert actions(parsed.unconstrained_writes()) == ["*"]
    assert parsed.allows_write()


def test_an_action_with_a_hole_may_need_no_resource():
    assert actions(policy(allow("s3:Put<var.what>")).unconstrained_writes()) == ["s3:Put(var.what)"]
    with pytest.raises(Undetermined, match=r"var\.verb"):
        list(policy(allow("ec2:<var.verb>")).unconstrained_writes())


def test_the_objects_of_one_bucket_are_not_every_object():
    arns = ("arn:aws:s3:::assets/*", "arn:aws:s3:::*/*", "arn:aws:s3:::*")
    parsed = policy(*(allow("s3:GetObject", arn) for arn in arns))
    wide = [g.statement.index for g in parsed.actions_matching({"s3:GetObject"})]
    assert wide == [1, 2]
