"""Application Auto Scaling: what scales, between which limits, by which policy.

Sources: Application Auto Scaling API reference (DescribeScalableTargets, DescribeScalingPolicies),
AWS provider 5.100.0 documentation of `aws_appautoscaling_target` and `aws_appautoscaling_policy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from auditor.aws.reader import Aws, reader
from auditor.policy.holes import pieces
from auditor.resource import Block, Blocks, Bool, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown, matching, starts_with

NAMESPACES = ("dynamodb", "ecs", "lambda", "rds")
"""The service namespaces that are read: those of resources that rules know.

The API lists one namespace in a call. Source: DescribeScalableTargets, ServiceNamespace, 2025.
"""


class AppautoscalingTarget(Resource, tf="aws_appautoscaling_target"):
    """Something that scales: `service/cluster/name`, `table/name`, `cluster:name`."""

    identity = ("service_namespace", "resource_id", "scalable_dimension")
    arn = Str(computed=True)
    max_capacity = Num()
    min_capacity = Num()
    resource_id = Str()
    scalable_dimension = Str()
    service_namespace = Str()
    tags = StrMap()


class PredefinedMetric(Node):
    """A metric that AWS defines."""

    predefined_metric_type = Str()
    resource_label = Str()


class TargetTracking(Node):
    """Keeps a metric at a value."""

    disable_scale_in = Bool(default=False)
    predefined_metric_specification = Block(PredefinedMetric)
    scale_in_cooldown = Num()
    scale_out_cooldown = Num()
    target_value = Num()


class StepAdjustment(Node):
    """By how much to scale within bounds of the alarm's metric."""

    metric_interval_lower_bound = Str()
    metric_interval_upper_bound = Str()
    scaling_adjustment = Num()


class StepScaling(Node):
    """Scales by steps when an alarm goes off."""

    adjustment_type = Str()
    cooldown = Num()
    step_adjustment = Blocks(StepAdjustment, unordered=True)


class AppautoscalingPolicy(Resource, tf="aws_appautoscaling_policy"):
    """When a target scales."""

    identity = ("service_namespace", "resource_id", "scalable_dimension", "name")
    arn = Str(computed=True)
    name = Str()
    policy_type = Str(default="StepScaling")
    resource_id = Str()
    scalable_dimension = Str()
    service_namespace = Str()
    step_scaling_policy_configuration = Block(StepScaling)
    target_tracking_scaling_policy_configuration = Block(TargetTracking)


S = TypeVar("S", AppautoscalingTarget, AppautoscalingPolicy)


def scaling(found: Iterable[S], owner: Resource, names: tuple[Any, ...]) -> Iterator[S]:
    """The targets or policies of one resource, those that are certain first.

    owner, names: the resource that scales and the pieces of its id (`service`, cluster, name), of
    which each may be an `Unknown`; the last one is the resource's own name.
    """
    return matching(found, lambda one: _scales(one.resource_id, owner, names))


def _scales(resource_id: Any, owner: Resource, names: tuple[Any, ...]) -> bool:
    """Whether an id such as `service/cluster/name` is that of the resource."""
    if isinstance(resource_id, str) and all(isinstance(name, str) for name in names):
        return resource_id.replace(":", "/") == "/".join(names)
    if starts_with(resource_id, f"{names[0]}/") is False:
        return False
    last = _last_segment(resource_id)
    if isinstance(last, Unknown) and last.exact and last.refs[0].path[:1] in (("name",), ("id",)):
        named = owner.model.by_address.get(last.refs[0].address) if owner.model else None
        if named is not None:
            return named is owner
    return bool(last == names[-1]) if isinstance(last, Unknown) else bool(names[-1] == last)


def _last_segment(resource_id: Any) -> Any:
    """What follows the last slash or colon; a hole alone there is that hole."""
    if not isinstance(resource_id, Unknown):
        return (resource_id or "").replace(":", "/").rsplit("/", 1)[-1]
    tail: list[str | Unknown] = []
    for piece in reversed(pieces(resource_id)):
        if isinstance(piece, Unknown):
            tail.insert(0, piece)
            continue
        _, cut, rest = piece.replace(":", "/").rpartition("/")
        tail.insert(0, rest if cut else piece)
        if cut:
            break
    known = [piece for piece in tail if isinstance(piece, Unknown) or piece]
    if len(known) == 1:
        return known[0]
    return Unknown(resource_id.refs, resource_id.because, parts=tuple(known) or None)


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(AppautoscalingTarget,), calls=("application-autoscaling.describe_scalable_targets",)
)
def targets(aws: Aws) -> Iterator[Resource]:
    """Targets: one listing for each service namespace, as the API asks for one."""

    def read(namespace: str) -> Iterator[Resource]:
        for item in aws.list(
            "application-autoscaling.describe_scalable_targets",
            "ScalableTargets",
            ServiceNamespace=namespace,
        ):
            yield aws.resource(AppautoscalingTarget, _id(item), _target(item))

    yield from aws.parallel(read, NAMESPACES)


def _target(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_named(item),
        "arn": item.get("ScalableTargetARN"),
        "max_capacity": item.get("MaxCapacity"),
        "min_capacity": item.get("MinCapacity"),
        # DescribeScalableTargets has no tags.
        "tags": Unknown(because="tags of scaling targets are not read"),
    }


def _named(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resource_id": item["ResourceId"],
        "scalable_dimension": item["ScalableDimension"],
        "service_namespace": item["ServiceNamespace"],
    }


def _id(item: Mapping[str, Any]) -> str:
    return f"{item['ServiceNamespace']}/{item['ResourceId']}/{item['ScalableDimension']}"


@reader(
    yields=(AppautoscalingPolicy,), calls=("application-autoscaling.describe_scaling_policies",)
)
def policies(aws: Aws) -> Iterator[Resource]:
    """Policies of all namespaces."""

    def read(namespace: str) -> Iterator[Resource]:
        for item in aws.list(
            "application-autoscaling.describe_scaling_policies",
            "ScalingPolicies",
            ServiceNamespace=namespace,
        ):
            yield aws.resource(
                AppautoscalingPolicy, f"{_id(item)}/{item['PolicyName']}", _policy(item)
            )

    yield from aws.parallel(read, NAMESPACES)


def _policy(item: Mapping[str, Any]) -> dict[str, Any]:
    tracking = item.get("TargetTrackingScalingPolicyConfiguration")
    steps = item.get("StepScalingPolicyConfiguration")
    return {
        **_named(item),
        "arn": item.get("PolicyARN"),
        "name": item["PolicyName"],
        "policy_type": item.get("PolicyType"),
        "step_scaling_policy_configuration": [_steps(steps)] if steps else [],
        "target_tracking_scaling_policy_configuration": [_tracking(tracking)] if tracking else [],
    }


def _steps(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "adjustment_type": item.get("AdjustmentType"),
        "cooldown": item.get("Cooldown"),
        "step_adjustment": [
            {
                "metric_interval_lower_bound": _text(step.get("MetricIntervalLowerBound")),
                "metric_interval_upper_bound": _text(step.get("MetricIntervalUpperBound")),
                "scaling_adjustment": step.get("ScalingAdjustment"),
            }
            for step in item.get("StepAdjustments", [])
        ],
    }


def _text(number: float | None) -> str | None:
    """Bounds are strings in Terraform, without a fraction where there is none."""
    return None if number is None else f"{number:g}"


def _tracking(item: Mapping[str, Any]) -> dict[str, Any]:
    metric = item.get("PredefinedMetricSpecification")
    return {
        "disable_scale_in": item.get("DisableScaleIn", False),
        "scale_in_cooldown": item.get("ScaleInCooldown"),
        "scale_out_cooldown": item.get("ScaleOutCooldown"),
        "target_value": item.get("TargetValue"),
        "predefined_metric_specification": [
            {
                "predefined_metric_type": metric.get("PredefinedMetricType"),
                "resource_label": metric.get("ResourceLabel"),
            }
        ]
        if metric
        else [],
    }
