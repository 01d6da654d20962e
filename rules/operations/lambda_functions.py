"""What Lambda functions run on, and whose code they run."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy.holes import is_own_account, pieces
from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.sameness import own_reference
from auditor.services.lambda_functions import LambdaFunction
from auditor.services.lambda_runtimes import DEPRECATED_ON
from auditor.values import Unknown, matching


@rule(
    "OPS-LAMBDA-RUNTIME-SUPPORTED",
    severity="medium",
    on=LambdaFunction,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_363",
        "prowler": "awslambda_function_using_supported_runtimes",
    },
    frameworks={
        "fsbp": "Lambda.2",
        "nist-800-53-r5": "CA-9(1) CM-2 SI-2 SI-2(2) SI-2(4) SI-2(5)",
        "pci-dss-4": "6.3.3",
    },
)
def runtime_without_patches(
    function: LambdaFunction, *, as_of: str = "2026-11-24"
) -> Finding | NotApplicable | None:
    """Function runtimes are still maintained by AWS.

    Why: security updates stop, and later the function can no longer be changed.
    Fix: set `runtime` to a newer version and test. The parameter `as_of` says on which day it
    must still be maintained: set a later one to be warned in time.
    Source: Lambda Developer Guide, "Lambda runtimes", deprecation dates as of 2026.
    """
    if function.package_type == "Image":
        return not_applicable("its image brings the runtime")
    runtime = function.runtime
    if isinstance(runtime, Unknown):
        runtime.undetermined()
    last_day = DEPRECATED_ON.get(runtime or "")
    if last_day is not None and last_day <= as_of:
        return function.finding(f"runs on {runtime}, deprecated on {last_day}", at="runtime")
    return None


@rule(
    "OPS-LAMBDA-CODE-SIGNING",
    severity="low",
    on=LambdaFunction,
    family="operations",
    production=True,
    aliases={
        "checkov": "CKV_AWS_272",
    },
)
def unsigned_code(function: LambdaFunction) -> Finding | NotApplicable | None:
    """Functions accept signed code only.

    Why: whoever may update the function can run any code in it.
    Fix: sign packages with AWS Signer, and set `code_signing_config_arn` to a configuration with
    `untrusted_artifact_on_deployment = "Enforce"`.
    Source: Lambda API, FunctionCodeSigningConfig; none unless set, not for container images.
    """
    if function.package_type == "Image":
        return not_applicable("container images are not signed this way")
    if is_absent(function.code_signing_config_arn):
        return function.finding("takes unsigned code", at="code_signing_config_arn")
    return None


@rule(
    "OPS-LAMBDA-LAYERS-OWN-ACCOUNT",
    severity="high",
    on=LambdaFunction,
    family="operations",
    aliases={
        "prowler": "awslambda_function_using_cross_account_layers",
    },
)
def foreign_layer(
    function: LambdaFunction,
    *,
    trusted: tuple[str, ...] = ("580247275435", "017000801446"),
) -> Iterator[Finding]:
    """Functions use layers of the own or a trusted account.

    Why: a layer is code that runs with the function's role; its owner can publish another, or
    take it away.
    Fix: publish the layer in your own account, or add the account to the parameter `trusted`
    (Lambda Insights and Powertools of AWS are).
    Source: Lambda API, Layer.Arn; Lambda Developer Guide, "Managing Lambda dependencies with
    layers".
    """
    model = function.model
    own = (model.settings.account_id if model else None) or function.account
    for layer in matching(function.layers, lambda arn: not _is_own(arn, own, trusted)):
        yield function.finding(f"uses the layer {layer}", at="layers", key=f"{layer}")


def _is_own(arn: str | Unknown, own: str | None, trusted: tuple[str, ...]) -> bool:
    """Whether a layer's ARN names the own account, a trusted one, or a layer of this code."""
    if isinstance(arn, Unknown) and own_reference(arn):
        return True
    account = _account(arn)
    if isinstance(account, Unknown):
        return is_own_account(account) or account.undetermined()
    if account in trusted or account == own:
        return True
    if own is None:
        Unknown(because="which account this is is not known").undetermined()
    return False


def _account(arn: str | Unknown) -> str | Unknown:
    """The account in an ARN, or the hole that stands for it."""
    found = pieces(arn)
    text = "".join(piece if isinstance(piece, str) else "\0" for piece in found)
    parts = text.split(":")
    account = parts[4] if len(parts) > 4 else "\0"
    if "\0" not in account:
        return account
    holes = [piece for piece in found if isinstance(piece, Unknown)]
    before = sum(part.count("\0") for part in parts[:4]) if len(parts) > 4 else 0
    return holes[min(before, len(holes) - 1)]
