"""Who may invoke Lambda functions."""

from __future__ import annotations

from typing import Any

from auditor.policy.holes import decide
from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.lambda_access import LambdaFunctionUrl, LambdaPermission
from auditor.values import all_of, any_of, ends_with


@rule(
    "IAM-LAMBDA-POLICY-PUBLIC",
    severity="critical",
    on=LambdaPermission,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_301",
        "prowler": "awslambda_function_not_publicly_accessible",
    },
    frameworks={
        "fsbp": "Lambda.1",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 10.3.2 11.3.1.3 11.5.2 A1.1.2 A1.1.3 A3.4.1"
        ),
    },
)
def function_for_anyone(permission: LambdaPermission) -> Finding | None:
    """Function policies do not admit every principal.

    Why: anyone with an AWS account can invoke the function, at your cost and with your data.
    Fix: name the account or service in `principal`, or add `source_account`, `source_arn` or
    `principal_org_id`.
    Source: Lambda API, AddPermission: Principal, SourceArn, SourceAccount, PrincipalOrgID.
    """
    if all_of(lambda: permission.principal == "*", lambda: not _is_pinned(permission)):
        return permission.finding("lets anyone in", at="principal")
    return None


@rule(
    "IAM-LAMBDA-PERMISSION-SOURCE",
    severity="high",
    on=LambdaPermission,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_364",
        "trivy": "AWS-0067",
    },
)
def service_without_source(permission: LambdaPermission) -> Finding | NotApplicable | None:
    """Permissions given to AWS services name their source.

    Why: the service invokes the function for any account that asks it to.
    Fix: set `source_arn` to the bucket, rule, API… that invokes it, and `source_account` where
    the ARN has no account id (S3).
    Source: Lambda Developer Guide, "Granting function access to AWS services"; IAM User Guide,
    "The confused deputy problem".
    """
    if not ends_with(permission.principal, ".amazonaws.com"):
        return not_applicable("it is not given to an AWS service")
    if not _is_pinned(permission):
        return permission.finding(
            f"is given to {permission.principal} for any account", at="source_arn"
        )
    return None


@rule(
    "IAM-LAMBDA-URL-AUTH",
    severity="high",
    on=LambdaFunctionUrl,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_258",
        "prowler": "awslambda_function_url_public",
    },
    frameworks={
        "nist-800-53-r5": (
            "AC-2(6) AC-3 AC-3(7) AC-4(21) AC-6 AC-17 AC-17(1) AC-17(4) AC-17(9) "
            "AC-17(10) MP-2 SC-7 SC-7(2) SC-7(3) SC-7(7) SC-7(9) SC-7(11) SC-7(12) "
            "SC-7(16) SC-7(20) SC-7(21) SC-7(24) SC-7(25) SC-7(26) SC-7(27) SC-7(28) "
            "SC-25"
        ),
    },
)
def url_for_anyone(url: LambdaFunctionUrl) -> Finding | None:
    """Function URLs require IAM authorisation.

    Why: anyone on the internet can invoke the function.
    Fix: set `authorization_type = "AWS_IAM"`; put CloudFront or API Gateway before it where the
    public must reach it.
    Source: Lambda API, FunctionUrlConfig.AuthType.
    """
    if url.authorization_type != "AWS_IAM":
        return url.finding("asks nobody who they are", at="authorization_type")
    return None


def _names_one(source_arn: Any) -> bool:
    """Whether it is not `*`; the ARN of a resource that is yet to be made never is."""
    return decide(source_arn, lambda text: text != "*")


def _is_pinned(permission: LambdaPermission) -> bool:
    """Whether a source, account or organisation narrows it."""
    return any_of(
        lambda: not is_absent(permission.source_account),
        lambda: not is_absent(permission.principal_org_id),
        lambda: not is_absent(permission.source_arn) and _names_one(permission.source_arn),
    )
