"""What Lambda functions log and record."""

from __future__ import annotations

from auditor.policy.holes import pieces
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.sameness import own_reference, same
from auditor.services.cloudtrail import AdvancedSelector, Cloudtrail, DataResource
from auditor.services.cloudwatch import CloudwatchLogGroup
from auditor.services.lambda_functions import LambdaFunction
from auditor.values import Unknown, all_of, any_of, every, matching, some


@rule(
    "LOG-LAMBDA-XRAY",
    severity="low",
    on=LambdaFunction,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_50",
        "trivy": "AWS-0066 AWS-0125",
    },
    frameworks={
        "fsbp": "Lambda.7",
        "nist-800-53-r5": "CA-7",
    },
)
def not_traced(function: LambdaFunction) -> Finding | None:
    """Functions have active tracing.

    Why: where a request failed or was slow cannot be told.
    Fix: add `tracing_config { mode = "Active" }` and let the role write to X-Ray.
    Source: Lambda API, TracingConfig.Mode; PassThrough unless set.
    """
    tracing = function.tracing_config
    if tracing is None:
        return function.finding("is not traced", at="tracing_config")
    if tracing.mode != "Active":
        return tracing.finding("is not traced by itself", at="mode")
    return None


@rule(
    "LOG-LAMBDA-CLOUDTRAIL-INVOKE",
    severity="low",
    on=LambdaFunction,
    family="logging",
    reads=(Cloudtrail,),
    aliases={
        "prowler": "awslambda_function_invoke_api_operations_cloudtrail_logging_enabled",
    },
)
def invocations_not_recorded(function: LambdaFunction) -> Finding | None:
    """CloudTrail records Lambda invocations.

    Why: who invoked the function cannot be told afterwards.
    Fix: add a data event selector for `AWS::Lambda::Function` with the value `arn:aws:lambda` to
    a trail.
    Source: CloudTrail API, GetEventSelectors; trails record management events only unless told.
    """
    if some(function.everything(Cloudtrail), lambda trail: _records(trail, function)):
        return None
    return function.finding("is invoked without a record")


@rule(
    "LOG-LAMBDA-INSIGHTS",
    severity="low",
    on=LambdaFunction,
    family="logging",
    production=True,
)
def no_insights(function: LambdaFunction) -> Finding | NotApplicable | None:
    """Functions have Lambda Insights.

    Why: memory, disk and network use of the function show in no metric.
    Fix: add the layer `LambdaInsightsExtension` of account 580247275435 to `layers`.
    Source: CloudWatch User Guide, "Available versions of the Lambda Insights extension".
    """
    if function.package_type == "Image":
        return not_applicable("its image brings its extensions")
    if some(function.layers, _is_insights):
        return None
    return function.finding("does not have Lambda Insights", at="layers")


@rule(
    "LOG-LAMBDA-LOG-GROUP",
    severity="low",
    on=LambdaFunction,
    family="logging",
    reads=(CloudwatchLogGroup,),
)
def log_group_left_to_lambda(function: LambdaFunction) -> Finding | None:
    """Each function has a managed log group with retention.

    Why: the group that Lambda makes by itself keeps logs for ever, and its key is not yours.
    Fix: declare `aws_cloudwatch_log_group` named `/aws/lambda/<function_name>` (or name your own
    in `logging_config.log_group`) with `retention_in_days`.
    Source: Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs"; CloudWatch
    Logs API, LogGroup.retentionInDays: kept for ever unless set.
    """
    groups = function.everything(CloudwatchLogGroup)
    for group in matching(groups, lambda one: _is_log_of(one, function)):
        if not group.retention_in_days:
            return group.finding("keeps the logs of a function for ever", at="retention_in_days")
        return None
    return function.finding("has no log group that is managed with it")


def _records(trail: Cloudtrail, function: LambdaFunction) -> bool:
    """Whether a trail records invocations of the function."""
    return all_of(
        lambda: trail.enable_logging,
        lambda: any_of(
            lambda: some(
                trail.event_selector,
                lambda s: some(s.data_resource, lambda d: _covers(d, function)),
            ),
            lambda: some(trail.advanced_event_selector, _is_for_functions),
        ),
    )


def _covers(data: DataResource, function: LambdaFunction) -> bool:
    return all_of(
        lambda: data.type == "AWS::Lambda::Function",
        lambda: some(
            data.values,
            lambda v: any_of(
                lambda: v == "arn:aws:lambda", lambda: same(function.arn, v), lambda: _is_all(v)
            ),
        ),
    )


def _is_all(value: str | Unknown) -> bool:
    """`arn:aws-cn:lambda` and the like: every function of the account."""
    return isinstance(value, str) and value.count(":") == 2 and value.endswith(":lambda")


def _is_for_functions(selector: AdvancedSelector) -> bool:
    """Whether a selector takes data events of functions (narrowed ones count as well)."""
    return all_of(
        lambda: some(
            selector.field_selector,
            lambda f: f.field == "eventCategory" and some(f.equals, lambda v: v == "Data"),
        ),
        lambda: some(
            selector.field_selector,
            lambda f: (
                f.field == "resources.type"
                and some(f.equals, lambda v: v == "AWS::Lambda::Function")
            ),
        ),
    )


def _is_insights(layer: str | Unknown) -> bool:
    if isinstance(layer, Unknown) and own_reference(layer):
        return False  # a layer of the same configuration is none of AWS's
    text = [piece for piece in pieces(layer) if isinstance(piece, str)]
    if any(":layer:LambdaInsightsExtension" in piece for piece in text):
        return True
    if isinstance(layer, Unknown) and every(text, lambda piece: ":layer:" not in piece):
        layer.undetermined()
    return False


def _is_log_of(group: CloudwatchLogGroup, function: LambdaFunction) -> bool:
    """Whether a log group is the one that the function logs to."""
    logging = function.logging_config
    named = logging.log_group if logging is not None and logging.is_set("log_group") else None
    if named is not None:
        return _names(named, group)
    name, own = group.name, function.function_name
    if isinstance(name, Unknown):
        return _is_lambda_name(name, function)
    if isinstance(own, Unknown):
        return name is not None and name.startswith("/aws/lambda/") and own == name[12:]
    return name == f"/aws/lambda/{own}"


def _names(named: str | Unknown, group: CloudwatchLogGroup) -> bool:
    if isinstance(named, Unknown) and named.exact and named.refs[0].path[:1] == ("name",):
        address = named.refs[0].address
        if group.model is not None and address in group.model.by_address:
            return address == group.address
    return bool(named == group.name) if isinstance(named, Unknown) else bool(group.name == named)


def _is_lambda_name(name: Unknown, function: LambdaFunction) -> bool:
    """Whether `/aws/lambda/${…}` is certainly the function's name, or certainly not."""
    found = pieces(name)
    own = function.function_name
    hole = found[1] if len(found) == 2 and found[0] == "/aws/lambda/" else None
    if isinstance(hole, Unknown) and hole.exact and hole.refs[0].address == function.address:
        return True
    if isinstance(own, Unknown):
        return name == Unknown(own.refs, own.because, parts=("/aws/lambda/", own))
    return bool(name == f"/aws/lambda/{own}")
