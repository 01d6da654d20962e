"""Who a resource policy lets in: everyone, other accounts, services for others."""

import json

import pytest
from policy_samples import allow, deny, hole, labels, policy, trust

from auditor.policy import CALLS_FOR_OTHERS, Policy
from auditor.values import Ref, Undetermined, Unknown

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def public(*statements, **also):
    return labels(policy(*statements).public_statements(**also))


def when(**condition):
    return READ | {"Principal": "*", "Condition": condition}


@pytest.mark.parametrize(
    "principal",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["111122223333", "*"]}},
        {"Principal": {"AWS": "arn:aws:iam::*:root"}},
        {"Principal": {"Service": "s3.amazonaws.com", "AWS": "*"}},
        {"NotPrincipal": {"AWS": "111122223333"}},
    ],
)
def test_everyone(principal):
    assert public(READ | principal) == ["statement 1"]


@pytest.mark.parametrize(
    "principal",
    [
        {},
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}},
        {"Principal": {"Service": "cloudfront.amazonaws.com"}},
        {"Principal": {"AWS": "<aws_iam_role.r.arn>"}},
        {"Principal": {"AWS": "arn:aws:iam::<data.aws_caller_identity.me.account_id>:root"}},
        {"Principal": {"AWS": "arn:aws:iam::<var.account>:root"}},
        {"Principal": {"CanonicalUser": "79a59df900b949e5"}},
    ],
)
def test_somebody(principal):
    assert public(READ | principal) == []


def test_an_unknown_principal_may_be_everyone():
    with pytest.raises(Undetermined, match=r"var\.who"):
        public(READ | {"Principal": {"AWS": "<var.who>"}})


def test_a_deny_lets_nobody_in():
    assert public(deny("*", Principal="*")) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}},
        {"StringEquals": {"aws:principalorgid": ["o-1a2b3c", "o-4d5e6f"]}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1a2b3c/*"}},
        {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}},
        {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::logs"}},
        {"StringEquals": {"aws:SourceAccount": "<var.account>"}},
        {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1a2b"}},
        {"StringEquals": {"aws:SourceVpc": "<aws_vpc.main.id>"}},
        {"StringLike": {"aws:SourceVpc": "<aws_vpc.main.id>"}},
        {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8:1::/48"]}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}},
        {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}},
        {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:111122223333:accesspoint/*"}},
        {"StringEquals": {"kms:CallerAccount": "111122223333"}},
        {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}},
        {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        {"ArnLike": {"aws:SourceArn": "<aws_sns_topic.t.arn>"}},
        {
            "StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
            "Null": {"aws:PrincipalOrgID": "false"},
        },
        {
            "Bool": {"aws:SecureTransport": "true"},
            "StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c"},
        },
    ],
    ids=str,
)
def test_conditions_that_pin(condition):
    assert public(when(**condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringLike": {"aws:PrincipalOrgID": ["o-1a2b3c", "*"]}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1a2b3c"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalAccount": "111122223333"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:alarms"}},
        {"ArnLike": {"aws:SourceArn": "*"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}},
        {"IpAddress": {"aws:SourceIp": "::/0"}},
        {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"StringEquals": {"aws:PrincipalTag/team": "red"}},
        {"StringEquals": {"aws:Referer": "https://example.com"}},
        {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalTag/owner}"}},
        {"StringLike": {"aws:userid": "*:ann"}},
        {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        {"Null": {"aws:PrincipalArn": "false"}},
        {"StringLike": {"aws:SourceVpce": "vpce-*"}},
        {"StringEquals": {"sts:ExternalId": "secret"}},
    ],
    ids=str,
)
def test_conditions_that_do_not_pin(condition):
    assert public(when(**condition)) == ["statement 1"]


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "<var.cidr>"}},
        {"StringLike": {"aws:PrincipalArn": "<var.arn>"}},
        {"StringEquals": {"aws:<var.key>": "111122223333"}},
        {"<var.operator>": {"aws:PrincipalOrgID": "o-1"}},
    ],
    ids=str,
)
def test_conditions_that_may_pin(condition):
    with pytest.raises(Undetermined, match=r"var\."):
        public(when(**condition))


def test_unknown_values_pin_where_no_wildcard_counts():
    values = Unknown([Ref("var.endpoints")])
    whole = json.dumps({"Statement": when(StringEquals={"aws:SourceVpce": "X"})})
    before, after = whole.split('"X"')
    parsed = Policy.parse(Unknown(parts=(before, values, after)))
    assert labels(parsed.public_statements()) == []
    like = before.replace("StringEquals", "StringLike")
    with pytest.raises(Undetermined, match=r"var\.endpoints"):
        list(Policy.parse(Unknown(parts=(like, values, after))).public_statements())


def test_addresses_of_this_configuration_are_narrow():
    assert public(when(IpAddress={"aws:SourceIp": "<aws_eip.nat.public_ip>/32"})) == []


def test_a_rule_may_count_further_keys():
    statement = when(StringEquals={"kms:ViaService": "s3.eu-west-1.amazonaws.com"})
    assert public(statement, also_pinned_by=("kms:ViaService",)) == []


# -- a Deny that leaves only some over -------------------------------------------------------

OPEN = READ | {"Principal": "*"}
ALL = {"Principal": "*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}


@pytest.mark.parametrize(
    "refusal",
    [
        deny(**ALL),
        deny(**ALL, Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}}),
        deny(
            **ALL,
            Condition={
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        deny(**ALL, Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        deny("*", NotPrincipal={"AWS": "111122223333"}),
    ],
)
def test_denies_that_narrow(refusal):
    assert public(OPEN, refusal) == []


@pytest.mark.parametrize(
    "refusal",
    [
        deny("s3:PutObject", "arn:aws:s3:::b/*", Principal="*"),
        deny("s3:*", "arn:aws:s3:::other/*", Principal="*"),
        deny(Principal={"AWS": "111122223333"}),
        deny(**ALL, Condition={"Bool": {"aws:SecureTransport": "false"}}),
        deny(**ALL, Condition={"StringNotLike": {"aws:PrincipalOrgID": "*"}}),
        deny(**ALL, Condition={"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        deny(
            **ALL,
            Condition={
                "StringNotEquals": {"aws:PrincipalOrgID": "o-1"},
                "StringEquals": {"aws:PrincipalTag/team": "red"},
            },
        ),
    ],
)
def test_denies_that_do_not_narrow(refusal):
    assert public(OPEN, refusal) == ["statement 1"]


def test_a_deny_that_may_narrow():
    refusal = deny(**ALL, Condition={"NotIpAddress": {"aws:SourceIp": "<var.cidr>"}})
    with pytest.raises(Undetermined, match=r"var\.cidr"):
        public(OPEN, refusal)


# -- other accounts -------------------------------------------------------------------------------


def foreign(*statements, own="111122223333", trusted=()):
    return [str(p) for _, p in policy(*statements).foreign_principals(own, trusted)]


def to(principal, **more):
    return allow(Principal=principal, **more)


def test_foreign_accounts():
    statement = to({"AWS": ["111122223333", "arn:aws:iam::444455556666:role/x", "777788889999"]})
    assert foreign(statement) == ["arn:aws:iam::444455556666:role/x", "777788889999"]
    assert foreign(statement, trusted=["444455556666"]) == ["777788889999"]


def test_everyone_is_foreign_unless_pinned():
    assert foreign(to("*")) == ["*"]
    assert foreign(to("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})) == []
    other = {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}
    assert foreign(to("*", Condition=other)) == ["*"]
    assert foreign(to("*", Condition=other), trusted=["444455556666"]) == []
    assert foreign(to("*", Condition={"StringEquals": {"aws:SourceAccount": "9"}})) == []


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::<data.aws_caller_identity.me.account_id>:root"},
        {"AWS": "<data.aws_caller_identity.me.account_id>"},
        {"AWS": "<aws_iam_role.r.arn>"},
        {"AWS": "<data.aws_elb_service_account.main.arn>"},
        {"AWS": "<aws_cloudfront_origin_access_identity.o.iam_arn>"},
        {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
        {"AWS": "arn:aws:iam::127311923021:root"},
        {"AWS": "AIDAJQABLZS4A3QDU576Q"},
        {"Service": "logs.amazonaws.com"},
        {"Federated": "accounts.google.com"},
        {"CanonicalUser": "<data.aws_canonical_user_id.me.id>"},
    ],
    ids=str,
)
def test_known_to_be_own_without_the_account_id(principal):
    assert foreign(to(principal), own=None) == []


@pytest.mark.parametrize(
    "principal", [{"AWS": "444455556666"}, {"AWS": "<var.account>"}, {"CanonicalUser": "79a5"}]
)
def test_nobody_knows_whose_without_the_account_id(principal):
    with pytest.raises(Undetermined):
        foreign(to(principal), own=None)


def test_an_unknown_own_account_is_the_cause():
    with pytest.raises(Undetermined, match=r"var\.own"):
        foreign(to({"AWS": "444455556666"}), own=hole("var.own"))


def test_whole_accounts():
    parsed = policy(
        trust({"AWS": "111122223333"}),
        trust({"AWS": "arn:aws:iam::444455556666:root"}),
        trust({"AWS": "arn:aws:iam::444455556666:role/x"}),
        trust({"AWS": "arn:aws:iam::<data.aws_caller_identity.me.account_id>:root"}),
        trust({"AWS": "<aws_iam_role.r.arn>"}),
        trust({"AWS": "<data.aws_caller_identity.me.arn>"}),
        trust({"AWS": "arn:aws:iam::<var.account>:root"}),
        trust("*"),
        trust({"Service": "ec2.amazonaws.com"}),
    )
    found = labels(parsed.account_root_statements())
    assert found == ["statement 1", "statement 2", "statement 4", "statement 7"]


def test_an_unknown_principal_may_be_a_whole_account():
    with pytest.raises(Undetermined, match=r"var\.who"):
        list(policy(trust({"AWS": "<var.who>"})).account_root_statements())


# -- services on behalf of others -----------------------------------------------------------------


def unsourced(*statements, services=None):
    return labels(policy(*statements).unsourced_service_statements(services))


SNS = {"Service": "sns.amazonaws.com"}


def test_services_without_a_source():
    assert unsourced(to(SNS)) == ["statement 1"]
    for key in ("aws:SourceArn", "AWS:SourceAccount", "aws:SourceOrgID"):
        assert unsourced(to(SNS, Condition={"StringEquals": {key: "x"}})) == []
    assert unsourced(to(SNS, Condition={"Bool": {"aws:SecureTransport": "true"}})) != []
    assert unsourced(to({"AWS": "111122223333"})) == []


def test_only_services_that_act_for_others():
    ec2, logs = (to({"Service": f"{n}.amazonaws.com"}) for n in ("ec2", "logs"))
    regional = to({"Service": "logs.eu-west-1.amazonaws.com"})
    assert unsourced(ec2, logs, regional, services=CALLS_FOR_OTHERS) == [
        "statement 2",
        "statement 3",
    ]
    region = to({"Service": "logs.<data.aws_region.here.name>.amazonaws.com"})
    with pytest.raises(Undetermined):
        unsourced(to({"Service": "<var.service>"}), services=CALLS_FOR_OTHERS)
    assert unsourced(region, services=None) == ["statement 1"]


def test_principals_answer_for_themselves():
    statement = to({"AWS": "AROAEXAMPLEID1234567", "Service": "ec2.amazonaws.com"})
    deleted, service = policy(statement).statements[0].principals
    assert deleted.is_unique_id()
    assert not service.is_unique_id()
    assert service.is_service("ec2.amazonaws.com", "ecs.amazonaws.com")
    assert not service.is_service("ecs.amazonaws.com")
    assert not deleted.is_service()
    assert [str(p) for p in (deleted, service)] == ["AROAEXAMPLEID1234567", "ec2.amazonaws.com"]


def test_an_account_in_a_string_with_holes():
    path = {"AWS": "arn:aws:iam::444455556666:role/<var.name>"}
    assert foreign(to(path)) == ["arn:aws:iam::444455556666:role/(var.name)"]
    assert foreign(to(path), own="444455556666") == []
    with pytest.raises(Undetermined, match=r"var\.account"):
        foreign(to({"AWS": "arn:aws:iam::<var.account>:root"}))
    with pytest.raises(Undetermined, match=r"var\.id"):
        foreign(to({"CanonicalUser": "<var.id>"}))


def test_allow_with_not_principal_is_for_foreigners():
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*"}
    assert foreign(statement) == ["*"]


def test_trusted_by_arn_and_pinned_by_arn():
    role = "arn:aws:iam::444455556666:role/x"
    assert foreign(to({"AWS": role}), trusted=[role]) == []
    assert foreign(to("*", Condition={"ArnLike": {"aws:PrincipalArn": role}})) == ["*"]
    own = "arn:aws:iam::111122223333:role/*"
    assert foreign(to("*", Condition={"ArnLike": {"aws:PrincipalArn": own}})) == []


def test_unusual_addresses_and_short_arns():
    assert public(when(IpAddress={"aws:SourceIp": "nonsense"})) == []
    assert public(when(IpAddress={"aws:SourceIp": "192.0.2.*"})) == ["statement 1"]
    assert public(when(ArnLike={"aws:SourceArn": "arn:aws:s3*"})) == ["statement 1"]


def test_a_statement_without_resource_is_about_what_it_is_attached_to():
    parsed = policy(trust({"AWS": "111122223333"}))
    (statement,) = parsed.statements
    assert statement.meets_resource("arn:aws:iam::111122223333:role/x")
    assert statement.is_on_star()
    assert statement.is_on_every("iam")
    bounded = policy(allow("s3:*", "arn:aws:s3:::b/*")).statements[0]
    assert bounded.meets_resource("arn:aws:s3:::*/logs")
    assert not bounded.meets_resource("arn:aws:s3:::c/*")
    assert policy(allow(), deny()).denying(lambda s: s.is_on_star())
