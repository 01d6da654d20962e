"""Rules about ECS task definitions and the containers in them."""

from __future__ import annotations

import json

import pytest
from auditor.rules.encryption import ecs as encryption
from auditor.rules.iam import ecs as iam
from auditor.rules.logging import ecs as logging
from auditor.rules.network import ecs as network
from auditor.rules.operations import ecs as operations
from auditor.rules.secrets import ecs as secrets

from auditor.model import Settings
from auditor.testing import check_rule, judge_code

OPEN = 'variable "x" {}\nvariable "l" { type = list(any) }\n'


def task(containers: str = "[]", body: str = "") -> str:
    return (
        'resource "aws_ecs_task_definition" "t" {\n  family = "app"\n'
        f"  container_definitions = {containers}\n{body}\n}}\n"
    )


def encoded(*members: str, body: str = "") -> str:
    """A task with one container for each text of members, through `jsonencode`."""
    containers = ", ".join(f'{{ name = "c{i}", {text} }}' for i, text in enumerate(members))
    return task(f"jsonencode([{containers}])", body)


def literal(**members: object) -> str:
    """A task whose containers stand as JSON text in the code."""
    return task(f"<<-EOT\n{json.dumps([{'name': 'c', **members}])}\n  EOT")


ONE = 'image = "a:1"'


def check_containers(rule, bad: str, good: str) -> None:
    """The three states of a member, beside others that are not known."""
    name = bad.partition(" =")[0]
    check_rule(
        rule,
        bad=OPEN + encoded(good, f"{bad}, cpu = var.x"),
        good=OPEN + encoded(good, f"{good}, cpu = var.x"),
        unknown=OPEN + encoded(good, f"{name} = var.x"),
        at="container_definitions",
    )


def test_privileged():
    check_containers(operations.privileged_container, "privileged = true", "privileged = false")
    check_rule(
        operations.privileged_container,
        bad=literal(privileged=True),
        good=literal(image="a"),
        unknown=OPEN + task("var.x"),
    )


def test_keys_are_compared_as_the_provider_does():
    check_rule(
        operations.writable_root,
        bad=encoded('Image = "a:1"'),
        good=encoded("readonlyRootFileSystem = true"),
    )


def test_a_certain_violation_counts_beside_a_container_that_is_not_known():
    sound = '{ name = "a", readonlyRootFilesystem = true }'
    check_rule(
        operations.writable_root,
        bad=OPEN + task('jsonencode([var.x, { name = "a" }])'),
        good=literal(readonlyRootFilesystem=True),
        unknown=OPEN + task(f"jsonencode([{sound}, var.x])"),
    )


def test_containers_that_are_no_json_are_undetermined():
    (verdict,) = judge_code(operations.privileged_container, task('"[{"'))
    assert verdict.status == "undetermined"
    assert "container_definitions is no JSON" in verdict.reason


def test_writable_root():
    check_containers(
        operations.writable_root, "readonlyRootFilesystem = false", "readonlyRootFilesystem = true"
    )
    windows = 'runtime_platform { operating_system_family = "WINDOWS_SERVER_2022_CORE" }'
    check_rule(
        operations.writable_root,
        bad=literal(image="a"),
        good=literal(readonlyRootFilesystem=True),
        not_for=encoded(ONE, body=windows),
    )


def test_host_processes():
    check_rule(
        operations.host_processes,
        bad=task(body='pid_mode = "host"'),
        good=task() + task(body='pid_mode = "task"').replace('"t"', '"u"'),
        unknown=OPEN + task(body="pid_mode = var.x"),
        at="pid_mode",
    )


def test_host_network():
    check_rule(
        network.host_network,
        bad=task(body='network_mode = "host"'),
        good=task(),
        unknown=OPEN + task(body="network_mode = var.x"),
        at="network_mode",
    )


def test_root_on_the_host_network():
    host = 'network_mode = "host"'
    check_rule(
        iam.root_on_the_host_network,
        bad=encoded('user = "root"', body=host),
        good=encoded('user = "app"', "privileged = true", body=host),
        unknown=OPEN + encoded("user = var.x", body=host),
        not_for=encoded('user = "root"'),
        at="container_definitions",
    )


def test_root_in_the_container():
    windows = 'runtime_platform { operating_system_family = "WINDOWS_SERVER_2022_CORE" }'
    check_rule(
        iam.root_in_the_container,
        bad=encoded('user = "0:0"'),
        good=encoded('user = "10001:10001"'),
        unknown=OPEN + encoded("user = var.x"),
        not_for=encoded(ONE, body=windows),
        at="container_definitions",
    )
    check_rule(iam.root_in_the_container, bad=encoded(ONE), good=encoded('user = "app"'))
    check_rule(
        iam.administrator_in_the_container,
        bad=encoded('user = "ContainerAdministrator"', body=windows),
        good=encoded('user = "ContainerUser"', body=windows),
        unknown=OPEN + encoded("user = var.x", body=windows),
        not_for=encoded(ONE),
        at="container_definitions",
    )


ROLES = 'resource "aws_iam_role" "a" {}\nresource "aws_iam_role" "b" {}\n'


def test_one_role_for_both():
    def roles(execution: str, running: str) -> str:
        return ROLES + OPEN + task(body=f"execution_role_arn={execution}\ntask_role_arn={running}")

    check_rule(
        iam.one_role_for_both,
        bad=roles("aws_iam_role.a.arn", "aws_iam_role.a.arn"),
        good=roles("aws_iam_role.a.arn", "aws_iam_role.b.arn"),
        unknown=roles("aws_iam_role.a.arn", "var.x"),
        not_for=task(body='task_role_arn = "arn:aws:iam::123456789012:role/a"'),
        at="task_role_arn",
    )


def test_secret_in_environment():
    def environment(name: str, value: str) -> str:
        open_one = '{ name = "MODE", value = var.x }'
        return f"environment = [{open_one}, {{ name = {name}, value = {value} }}]"

    check_rule(
        secrets.secret_in_environment,
        bad=OPEN + encoded(environment('"DB_PASSWORD"', '"hunter2"')),
        good=OPEN
        + encoded(
            environment('"DB_HOST"', '"db"'),
            'secrets = [{ name = "DB_PASSWORD", valueFrom = "arn:aws:ssm:x" }]',
        ),
        unknown=OPEN + encoded(environment('"DB_PASSWORD"', "var.x")),
        at="container_definitions",
    )


@pytest.mark.parametrize(
    "bad",
    [
        'environment = [{ name = "AWS_ACCESS_KEY_ID", value = var.x }]',
        'environment = concat([{ name = "API_KEY", value = "0123456789" }], var.l)',
        'environment = [{ name = var.x, value = "postgres://app:hunter2@db/app" }]',
        'environment = [{ name = "X", value = random_password.p.result }]',
    ],
)
def test_secrets_that_are_certain_among_what_is_not(bad):
    text = OPEN + 'resource "random_password" "p" { length = 8 }\n' + encoded(ONE, bad)
    verdicts = judge_code(secrets.secret_in_environment, text)
    assert [v.status for v in verdicts] == ["fail"]


def test_a_variable_s_secret_is_named_and_not_shown():
    text = encoded('environment = [{ name = "DB_PASSWORD", value = "hunter2" }]')
    (verdict,) = judge_code(secrets.secret_in_environment, text)
    (finding,) = verdict.findings
    assert finding.message == (
        "has a literal under a secret's name in the variable DB_PASSWORD (container c0)"
    )
    assert finding.key == "c0/DB_PASSWORD"


LOGS = 'logConfiguration = {{ logDriver = "awslogs", options = {{ {} }} }}'


def test_container_without_logs():
    check_rule(
        logging.container_without_logs,
        bad=encoded(LOGS.format(""), ONE),
        good=encoded(LOGS.format("")),
        unknown=OPEN + encoded("logConfiguration = var.x"),
        at="container_definitions",
    )


def test_logging_that_blocks():
    check_rule(
        logging.logging_that_blocks,
        bad=encoded(LOGS.format('mode = "blocking"')),
        good=encoded(LOGS.format('mode = "non-blocking"'), LOGS.format(""), ONE),
        unknown=OPEN + encoded(LOGS.format("mode = var.x")),
        at="container_definitions",
    )
    default = 'resource "aws_ecs_account_setting_default" "d" {\n  name = "defaultLogDriverMode"\n'
    check_rule(
        logging.logging_that_blocks,
        bad=encoded(LOGS.format("")) + default + '  value = "blocking"\n}',
        good=encoded(LOGS.format("")) + default + '  value = "non-blocking"\n}',
    )


def volume(efs: str) -> str:
    return task(body=f'volume {{\n  name = "v"\n  efs_volume_configuration {{\n{efs}\n}}\n}}')


def test_file_system_without_tls():
    check_rule(
        encryption.file_system_without_tls,
        bad=volume('file_system_id = "fs-1"'),
        good=volume('file_system_id = "fs-1"\ntransit_encryption = "ENABLED"')
        + task(body='volume { name = "tmp" }').replace('"t"', '"u"'),
        unknown=OPEN + volume('file_system_id = "fs-1"\ntransit_encryption = var.x'),
        at="volume[0].efs_volume_configuration[0].transit_encryption",
    )


ECR = 'resource "aws_ecr_repository" "r" { name = "r" }\n'


@pytest.mark.parametrize(
    ("image", "status"),
    [
        ('"nginx"', "fail"),
        ('"nginx:latest"', "fail"),
        ('"host:5000/nginx"', "fail"),
        ('"nginx:1.25"', "pass"),
        ('"nginx@sha256:abc"', "pass"),
        ('"host:5000/nginx:1"', "pass"),
        ('"${aws_ecr_repository.r.repository_url}:latest"', "fail"),
        ("aws_ecr_repository.r.repository_url", "fail"),
        ('"${aws_ecr_repository.r.repository_url}:1.4"', "pass"),
        ('"${aws_ecr_repository.r.repository_url}:v${var.x}"', "pass"),
        ('"${aws_ecr_repository.r.repository_url}@${var.x}"', "pass"),
        ('"${aws_ecr_repository.r.repository_url}:${var.x}"', "undetermined"),
        ('"nginx:${var.x}"', "undetermined"),
        ("var.x", "undetermined"),
    ],
)
def test_image_that_changes(image, status):
    (verdict,) = judge_code(operations.image_that_changes, ECR + OPEN + encoded(f"image = {image}"))
    assert verdict.status == status


@pytest.mark.parametrize(
    ("image", "status"),
    [
        ('"nginx:1"', "fail"),
        ('"public.ecr.aws/x/nginx:1"', "fail"),
        ('"123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"', "pass"),
        ('"210987654321.dkr.ecr.eu-west-1.amazonaws.com/app:1"', "fail"),
        ('"${aws_ecr_repository.r.repository_url}:${var.x}"', "pass"),
        ("var.x", "undetermined"),
    ],
)
def test_foreign_image(image, status):
    (verdict,) = judge_code(
        operations.foreign_image,
        ECR + OPEN + encoded(f"image = {image}"),
        settings=Settings(account_id="123456789012"),
    )
    assert verdict.status == status


def test_whose_registry_it_is_hangs_on_the_account():
    image = 'image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"'
    (verdict,) = judge_code(operations.foreign_image, encoded(image))
    assert verdict.status == "undetermined"
    assert verdict.reason == "which account this is is not known"
