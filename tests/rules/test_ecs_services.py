"""Rules about ECS services, clusters and capacity."""

from __future__ import annotations

from auditor.rules.encryption import ecs as encryption
from auditor.rules.logging import ecs as logging
from auditor.rules.multi_az import ecs as availability
from auditor.rules.network import ecs as network
from auditor.rules.operations import ecs as operations

from auditor.testing import check_rule, judge_code

OPEN = 'variable "x" {}\n'
CLUSTER = 'resource "aws_ecs_cluster" "c" { name = "main" }\n'


def service(body: str = "", name: str = "s") -> str:
    return (
        f'resource "aws_ecs_service" "{name}" {{\n  name = "{name}"\n'
        f"  cluster = aws_ecs_cluster.c.id\n{body}\n}}\n{CLUSTER}"
    )


def placed(body: str) -> str:
    return service(f'network_configuration {{\n  subnets = ["subnet-1"]\n  {body}\n}}')


def test_service_with_public_addresses():
    check_rule(
        network.service_with_public_addresses,
        bad=placed("assign_public_ip = true"),
        good=placed(""),
        unknown=OPEN + placed("assign_public_ip = var.x"),
        at="network_configuration[0].assign_public_ip",
    )


def test_task_set_with_public_addresses():
    def task_set(value: str) -> str:
        return (
            'resource "aws_ecs_task_set" "t" {\n  cluster = "c"\n  service = "s"\n'
            '  task_definition = "t"\n  network_configuration {\n    subnets = ["subnet-1"]\n'
            f"    assign_public_ip = {value}\n  }}\n}}\n"
        )

    check_rule(
        network.task_set_with_public_addresses,
        bad=task_set("true"),
        good=task_set("false"),
        unknown=OPEN + task_set("var.x"),
        at="network_configuration[0].assign_public_ip",
    )


def test_old_platform():
    check_rule(
        operations.old_platform,
        bad=service('launch_type = "FARGATE"\nplatform_version = "1.3.0"'),
        good=service('launch_type = "FARGATE"\nplatform_version = "LATEST"'),
        unknown=OPEN + service("platform_version = var.x"),
        not_for=service('launch_type = "EC2"'),
        at="platform_version",
    )
    check_rule(
        operations.old_platform,
        bad=service('platform_version = "1.0.0"\ntask_definition = aws_ecs_task_definition.t.arn')
        + 'resource "aws_ecs_task_definition" "t" {\n  family = "t"\n'
        '  container_definitions = "[]"\n}',
        good=service(),
    )


def test_shell_into_tasks():
    check_rule(
        operations.shell_into_tasks,
        bad=service("enable_execute_command = true"),
        good=service(),
        unknown=OPEN + service("enable_execute_command = var.x"),
        at="enable_execute_command",
    )


def test_failed_deployments_stay():
    def breaker(enable: str, rollback: str) -> str:
        return service(
            f"deployment_circuit_breaker {{\n  enable = {enable}\n  rollback = {rollback}\n}}"
        )

    check_rule(
        availability.failed_deployments_stay,
        bad=service(),
        good=breaker("true", "true"),
        unknown=OPEN + breaker("true", "var.x"),
        not_for=service('deployment_controller { type = "EXTERNAL" }'),
        at="deployment_circuit_breaker",
    )
    check_rule(
        availability.failed_deployments_stay,
        bad=breaker("true", "false"),
        good=breaker("true", "true"),
        at="deployment_circuit_breaker[0].rollback",
    )


def subnets(*zones: str) -> str:
    blocks = "".join(
        f'resource "aws_subnet" "s{i}" {{\n  vpc_id = "vpc-1"\n  availability_zone = {zone}\n}}\n'
        for i, zone in enumerate(zones)
    )
    named = ", ".join(f"aws_subnet.s{i}.id" for i in range(len(zones)))
    return blocks + service(f"network_configuration {{\n  subnets = [{named}]\n}}")


def test_service_in_one_zone():
    check_rule(
        availability.service_in_one_zone,
        bad=subnets('"eu-west-1a"', '"eu-west-1a"'),
        good=OPEN + subnets('"eu-west-1a"', '"eu-west-1b"', "var.x"),
        unknown=OPEN + subnets('"eu-west-1a"', "var.x"),
        not_for=service(),
        at="network_configuration[0].subnets",
    )
    check_rule(
        availability.service_in_one_zone,
        bad=OPEN + subnets("var.x"),
        good='data "aws_availability_zones" "z" {}\n'
        + subnets(
            "data.aws_availability_zones.z.names[0]", "data.aws_availability_zones.z.names[1]"
        ),
    )


def target(least: str, service_name: str = "s", cluster: str = "main") -> str:
    return (
        'resource "aws_appautoscaling_target" "t" {\n  service_namespace = "ecs"\n'
        f'  resource_id = "service/{cluster}/{service_name}"\n'
        '  scalable_dimension = "ecs:service:DesiredCount"\n'
        f"  min_capacity = {least}\n  max_capacity = 9\n}}\n"
    )


POLICY = """
resource "aws_appautoscaling_policy" "p" {
  name               = "cpu"
  service_namespace  = aws_appautoscaling_target.t.service_namespace
  resource_id        = aws_appautoscaling_target.t.resource_id
  scalable_dimension = aws_appautoscaling_target.t.scalable_dimension
}
"""


def test_single_task():
    check_rule(
        availability.single_task,
        bad=service(),
        good=service("desired_count = 2"),
        unknown=OPEN + service("desired_count = var.x"),
        not_for=service('scheduling_strategy = "DAEMON"'),
        at="desired_count",
    )
    check_rule(
        availability.single_task,
        bad=service("desired_count = 3") + target("1"),
        good=service("desired_count = 1") + target("2"),
        unknown=OPEN + service("desired_count = 3") + target("var.x"),
    )


def test_a_target_of_another_service_does_not_count():
    other = service("desired_count = 2") + target("1", cluster="other")
    check_rule(availability.single_task, bad=service("desired_count = 2") + target("1"), good=other)


def test_targets_are_found_by_reference_where_names_are_not_known():
    text = (
        OPEN
        + 'resource "aws_ecs_cluster" "c" { name = var.x }\n'
        + 'resource "aws_ecs_service" "s" {\n  name = var.x\n  cluster = aws_ecs_cluster.c.id\n}\n'
        + target("1", "${aws_ecs_service.s.name}", "${aws_ecs_cluster.c.name}")
    )
    (verdict,) = judge_code(availability.single_task, text)
    assert verdict.status == "fail"


def test_does_not_scale():
    check_rule(
        availability.does_not_scale,
        bad=service() + target("1"),
        good=service() + target("1") + POLICY,
        unknown=OPEN + service() + target("1", "${var.x}"),
        not_for=service('scheduling_strategy = "DAEMON"'),
    )
    check_rule(availability.does_not_scale, bad=service(), good=service() + target("1") + POLICY)


def test_web_service_without_balancer():
    def task(members: str) -> str:
        return (
            'resource "aws_ecs_task_definition" "t" {\n  family = "t"\n'
            f'  container_definitions = jsonencode([{{ name = "c", {members} }}])\n}}\n'
        )

    uses = "task_definition = aws_ecs_task_definition.t.arn\n"
    ports = "portMappings = [{ containerPort = 80 }]"
    balanced = (
        'load_balancer {\n  target_group_arn = "arn:x"\n  container_name = "c"\n'
        "  container_port = 80\n}"
    )
    check_rule(
        availability.web_service_without_balancer,
        bad=task(ports) + service(uses),
        good=service(balanced),
        unknown=OPEN + service("task_definition = var.x"),
        not_for=task('image = "a"') + service(uses),
        at="load_balancer",
    )


def test_instances_ended_under_tasks():
    def provider(body: str) -> str:
        return (
            'resource "aws_ecs_capacity_provider" "p" {\n  name = "p"\n'
            '  auto_scaling_group_provider {\n    auto_scaling_group_arn = "arn:x"\n'
            f"    {body}\n  }}\n}}\n"
        )

    check_rule(
        availability.instances_ended_under_tasks,
        bad=provider(""),
        good=provider('managed_termination_protection = "ENABLED"'),
        unknown=OPEN + provider("managed_termination_protection = var.x"),
        at="auto_scaling_group_provider[0].managed_termination_protection",
    )


def cluster(body: str) -> str:
    return f'resource "aws_ecs_cluster" "c" {{\n  name = "main"\n{body}\n}}\n'


def insights(value: str) -> str:
    return cluster(f'setting {{\n  name = "containerInsights"\n  value = {value}\n}}')


def test_no_container_insights():
    check_rule(
        logging.no_container_insights,
        bad=insights('"disabled"'),
        good=insights('"enhanced"'),
        unknown=OPEN + insights("var.x"),
        at="setting",
    )
    default = (
        'resource "aws_ecs_account_setting_default" "d" {\n  name = "containerInsights"\n'
        '  value = "enabled"\n}\n'
    )
    check_rule(logging.no_container_insights, bad=cluster(""), good=cluster("") + default)


def sessions(body: str) -> str:
    return cluster(f"configuration {{\n  execute_command_configuration {{\n{body}\n  }}\n}}")


def test_sessions_without_logs():
    check_rule(
        logging.sessions_without_logs,
        bad=sessions('logging = "NONE"'),
        good=sessions("") + cluster("").replace('"c"', '"d"'),
        unknown=OPEN + sessions("logging = var.x"),
        at="configuration[0].execute_command_configuration[0].logging",
    )


def test_sessions_without_own_key():
    key = 'resource "aws_kms_key" "k" {}\n'
    log = 'log_configuration {{\n  cloud_watch_log_group_name = "l"\n  {}\n}}'
    own = 'kms_key_id = aws_kms_key.k.arn\nlogging = "OVERRIDE"\n'
    check_rule(
        encryption.sessions_without_own_key,
        bad=sessions('logging = "DEFAULT"'),
        good=key + sessions(own + log.format("cloud_watch_encryption_enabled = true")),
        unknown=OPEN + sessions("kms_key_id = var.x"),
        not_for=cluster(""),
        at="configuration[0].execute_command_configuration[0].kms_key_id",
    )
    check_rule(
        encryption.sessions_without_own_key,
        bad=key + sessions(own + log.format("")),
        good=key + sessions(own + log.format("s3_bucket_encryption_enabled = true")),
        at="configuration[0].execute_command_configuration[0].log_configuration",
    )
