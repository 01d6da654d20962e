"""How roles trust identity providers."""

import pytest
from policy_samples import policy, trust

from auditor.values import Undetermined

ISSUER = "token.actions.githubusercontent.com"
GITHUB = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"}


def problems(*statements):
    return [problem for _, problem in policy(*statements).federation_problems()]


def oidc(principal=None, **condition):
    return trust(principal or GITHUB, "sts:AssumeRoleWithWebIdentity", **condition)


def subject(*values, operator="StringLike"):
    return oidc(**{operator: {f"{ISSUER}:sub": list(values)}})


@pytest.mark.parametrize(
    "value",
    [
        "repo:octo-org/octo-repo:ref:refs/heads/main",
        "repo:octo-org/octo-repo:*",
        "repo:octo-org/*",
        "repository_owner:octo-org:*",
    ],
)
def test_github_subjects_with_an_owner(value):
    assert problems(subject(value)) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("*", "names no owner"),
        ("repo:*", "names no owner"),
        ("repo:*/octo-repo:*", "names no owner"),
        ("repo:octo-*/x", "names no owner"),
        ("repo:octo-org*", "names no owner"),
        ("*:octo-org/*", "names no owner"),
        ("workflow:deploy*", "anyone can set"),
        ("actor:octocat", "anyone can set"),
    ],
)
def test_github_subjects_that_are_too_wide(value, problem):
    (found,) = problems(subject(value))
    assert problem in found
    assert value in found


def test_one_wide_subject_among_good_ones_is_enough():
    assert len(problems(subject("repo:octo-org/octo-repo:*", "repo:*"))) == 1


def test_github_without_a_subject():
    everyone = [f"trusts every repository on GitHub: no condition on {ISSUER}:sub"]
    assert problems(oidc()) == everyone
    assert problems(oidc(StringEquals={f"{ISSUER}:aud": "sts.amazonaws.com"})) == everyone
    assert problems(subject("repo:x/y", operator="StringLikeIfExists")) == everyone
    assert problems(subject("repo:x/y", operator="ForAllValues:StringLike")) == everyone
    assert problems(subject("repo:x/y", operator="StringNotLike")) == everyone


def test_github_by_a_provider_of_this_configuration():
    provider = {"Federated": "<aws_iam_openid_connect_provider.github.arn>"}
    wide = oidc(provider, StringLike={f"{ISSUER}:sub": "repo:*"})
    assert "names no owner" in problems(wide)[0]
    by_url = {"<aws_iam_openid_connect_provider.github.url>:sub": "repo:*"}
    assert "names no owner" in problems(oidc(provider, StringLike=by_url))[0]


def test_github_subject_of_an_unknown_owner():
    with pytest.raises(Undetermined, match=r"var\.org"):
        problems(subject("repo:<var.org>/app:*"))
    assert problems(subject("repo:<var.org>/app:*", operator="StringEquals")) == []
    assert problems(subject("repo:octo-org/<var.repo>:*")) == []


def test_other_shared_issuers_need_their_claim():
    gitlab = {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"}
    assert problems(oidc(gitlab)) == [
        "trusts gitlab.com, which everyone can use, without a condition on sub"
    ]
    assert problems(oidc(gitlab, StringLike={"gitlab.com:sub": "project_path:g/p:*"})) == []
    assert problems(oidc(gitlab, StringLike={"gitlab.com:sub": "*"})) != []
    cognito = {"Federated": "cognito-identity.amazonaws.com"}
    pool = {"cognito-identity.amazonaws.com:aud": "eu-west-1:1a2b"}
    assert problems(oidc(cognito)) != []
    assert problems(oidc(cognito, StringEquals=pool)) == []


def test_an_issuer_of_ones_own_needs_some_claim():
    cluster = {"Federated": "<aws_iam_openid_connect_provider.eks.arn>"}
    account = {"<aws_iam_openid_connect_provider.eks.url>:sub": "system:serviceaccount:a:b"}
    assert problems(oidc(cluster)) == [
        "trusts every token of the identity provider: no condition on its sub or aud claim"
    ]
    assert problems(oidc(cluster, StringEquals=account)) == []


def test_saml_needs_its_audience():
    saml = {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}
    audience = {"SAML:aud": "https://signin.aws.amazon.com/saml"}
    action = "sts:AssumeRoleWithSAML"
    assert problems(trust(saml, action)) == [
        "trusts a SAML provider without a condition on SAML:aud"
    ]
    assert problems(trust(saml, action, StringEquals=audience)) == []


def test_accounts_and_services_are_no_federation():
    assert problems(trust({"AWS": "*"}), trust({"Service": "ec2.amazonaws.com"})) == []


def test_every_provider():
    assert problems(oidc({"Federated": "*"})) == ["trusts every identity provider"]


def test_denies_and_unconditional_unknowns():
    assert problems(oidc() | {"Effect": "Deny"}) == []
    with pytest.raises(Undetermined, match=r"var\.org"):
        problems(subject("repo:<var.org>:*"))
