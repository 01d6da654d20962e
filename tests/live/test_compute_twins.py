"""Rules about instances, volumes and groups of them say of an emulated account what they say
of Terraform."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.backups import ebs as backups
from auditor.rules.encryption import ebs as encryption
from auditor.rules.iam import ec2 as iam
from auditor.rules.logging import ec2 as ec2_logging
from auditor.rules.multi_az import autoscaling as group_availability
from auditor.rules.network import ebs as ebs_network
from auditor.rules.network import ec2 as ec2_network
from auditor.rules.operations import autoscaling as group_operations
from auditor.rules.operations import ec2 as operations
from auditor.rules.secrets import ec2 as secrets
from emulated_account import Account

from auditor.testing import check_twins, judge_live

pytestmark = pytest.mark.emulator

Step = Callable[[Account], object]


@pytest.fixture
def account(make_client: Callable[..., Any]) -> Account:
    return Account(make_client)


@pytest.fixture
def twins(moto_server: Any, account: Account) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state in an empty account."""

    def check(rule: Any, bad: Step, good: Step) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(account),
            good=lambda: good(account),
            reset=moto_server.reset,
        )

    return check


# -- instances and templates ----------------------------------------------------------------------


def running(**more: Any) -> Step:
    return lambda account: account.run(**more)


def in_subnet(**interface: Any) -> Step:
    def make(account: Account) -> None:
        subnet = account.subnet(account.vpc())
        account.run(NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, **interface}])

    return make


def template(**data: Any) -> Step:
    return lambda account: account.ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12c6146b", **data}
    )


def with_profile(account: Account, **more: Any) -> None:
    iam_client = account.client("iam", "us-east-1")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam_client.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    iam_client.create_instance_profile(InstanceProfileName="p")
    iam_client.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    account.run(IamInstanceProfile={"Name": "p"}, **more)


def with_role(action: str) -> Step:
    def make(account: Account) -> None:
        with_profile(account)
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        account.client("iam", "us-east-1").put_role_policy(
            RoleName="r",
            PolicyName="x",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    return make


TOKENS = {"MetadataOptions": {"HttpTokens": "required"}}
NO_TOKENS = {"MetadataOptions": {"HttpTokens": "optional"}}
ADDRESS = {"DeviceIndex": 0, "AssociatePublicIpAddress": True}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (operations.instance_answers_without_token, running(**NO_TOKENS), running(**TOKENS)),
        (operations.template_answers_without_token, template(**NO_TOKENS), template(**TOKENS)),
        (
            operations.metadata_reaches_further,
            template(MetadataOptions={"HttpPutResponseHopLimit": 2}),
            template(MetadataOptions={"HttpPutResponseHopLimit": 1}),
        ),
        (operations.has_key_pair, template(KeyName="admin"), template()),
        (
            ec2_network.instance_on_the_internet,
            in_subnet(AssociatePublicIpAddress=True),
            in_subnet(AssociatePublicIpAddress=False),
        ),
        (
            ec2_network.template_gives_public_addresses,
            template(NetworkInterfaces=[ADDRESS]),
            template(),
        ),
        (
            ec2_logging.metrics_every_five_minutes,
            template(),
            template(Monitoring={"Enabled": True}),
        ),
        (iam.no_profile, running(), with_profile),
        (iam.role_can_do_harm, with_role("iam:CreateUser"), with_role("s3:GetObject")),
        (
            secrets.secret_in_user_data,
            running(UserData="#!/bin/bash\nexport DB_PASSWORD=hunter2hunter2\n"),
            running(UserData="#!/bin/bash\nyum update -y\n"),
        ),
        (
            encryption.template_in_the_clear,
            template(BlockDeviceMappings=[{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1}}]),
            template(BlockDeviceMappings=[{"DeviceName": "/dev/sdb", "Ebs": {"Encrypted": True}}]),
        ),
    ],
    ids=lambda each: getattr(each, "id", ""),
)
def test_instances(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_source_and_destination(twins: Any) -> None:
    def unchecked(account: Account) -> None:
        account.ec2.modify_instance_attribute(
            InstanceId=account.run(), SourceDestCheck={"Value": False}
        )

    twins(ec2_network.forwards_packets, unchecked, running())


def test_credentials_on_the_internet(twins: Any) -> None:
    def placed(public: bool) -> Step:
        def make(account: Account) -> None:
            interface = {
                "DeviceIndex": 0,
                "SubnetId": account.subnet(account.vpc()),
                "AssociatePublicIpAddress": public,
            }
            with_profile(account, NetworkInterfaces=[interface])

        return make

    twins(iam.public_with_profile, placed(public=True), placed(public=False))


def test_unused_addresses(twins: Any) -> None:
    def used(account: Account) -> None:
        address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
        account.ec2.associate_address(AllocationId=address, InstanceId=account.run())

    twins(
        operations.address_unused,
        lambda account: account.ec2.allocate_address(Domain="vpc"),
        used,
    )


# -- volumes --------------------------------------------------------------------------------------


def volume(**more: Any) -> Step:
    return lambda account: account.ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1, **more)


def snapshot(**more: Any) -> Step:
    def make(account: Account) -> None:
        made = account.ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1, **more)
        account.ec2.create_snapshot(VolumeId=made["VolumeId"])

    return make


def test_volumes(twins: Any) -> None:
    twins(encryption.volume_in_the_clear, volume(), volume(Encrypted=True))
    twins(encryption.snapshot_in_the_clear, snapshot(), snapshot(Encrypted=True))

    def own_key(account: Account) -> None:
        key = account.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
        volume(Encrypted=True, KmsKeyId=key)(account)

    twins(encryption.volume_without_own_key, volume(), own_key)


def test_an_instance_s_volume_is_judged_once(moto_server: Any, account: Account) -> None:
    moto_server.reset()
    account.run()
    verdicts = judge_live(encryption.volume_in_the_clear, moto_server.url)
    kinds = {v.resource.type: v.status for v in verdicts if v.resource}
    assert kinds == {"aws_ebs_volume": "fail", "aws_instance": "pass"}


def test_encryption_by_default(twins: Any) -> None:
    twins(
        encryption.no_encryption_by_default,
        lambda _account: None,
        lambda account: account.ec2.enable_ebs_encryption_by_default(),
    )


def test_snapshots_of_volumes_in_use(twins: Any) -> None:
    def saved(account: Account) -> None:
        account.run()
        for each in account.ec2.describe_volumes()["Volumes"]:
            account.ec2.create_snapshot(VolumeId=each["VolumeId"])

    twins(backups.no_snapshot, running(), saved)


def test_public_snapshots(twins: Any) -> None:
    def shared(account: Account) -> None:
        snapshot()(account)
        (made,) = account.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        account.ec2.modify_snapshot_attribute(
            SnapshotId=made["SnapshotId"],
            Attribute="createVolumePermission",
            OperationType="add",
            GroupNames=["all"],
        )

    twins(ebs_network.snapshot_for_everybody, shared, snapshot())


def test_images(twins: Any) -> None:
    def made(public: bool) -> Step:
        def make(account: Account) -> None:
            image = account.ec2.create_image(InstanceId=account.run(), Name="image")["ImageId"]
            if public:
                account.ec2.modify_image_attribute(
                    ImageId=image,
                    Attribute="launchPermission",
                    OperationType="add",
                    UserGroups=["all"],
                )

        return make

    twins(ec2_network.image_for_everybody, made(public=True), made(public=False))


# -- Auto Scaling ---------------------------------------------------------------------------------


def scaled(*zones: str, **more: Any) -> Step:
    def make(account: Account) -> None:
        template()(account)
        given = {"LaunchTemplate": {"LaunchTemplateName": "web"}, **more}
        account.client("autoscaling", "eu-west-1").create_auto_scaling_group(
            AutoScalingGroupName="g",
            MinSize=0,
            MaxSize=1,
            AvailabilityZones=[f"eu-west-1{zone}" for zone in zones or "ab"],
            **given,
        )

    return make


def configured(account: Account) -> None:
    client = account.client("autoscaling", "eu-west-1")
    client.create_launch_configuration(
        LaunchConfigurationName="c", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-west-1a"],
        LaunchConfigurationName="c",
    )


def mixed(*types: str) -> dict[str, Any]:
    launch = {
        "LaunchTemplateSpecification": {"LaunchTemplateName": "web"},
        "Overrides": [{"InstanceType": each} for each in types],
    }
    spot = {"OnDemandPercentageAboveBaseCapacity": 0}
    return {"MixedInstancesPolicy": {"LaunchTemplate": launch, "InstancesDistribution": spot}}


def tag(passed_on: bool) -> dict[str, Any]:
    return {"Tags": [{"Key": "team", "Value": "a", "PropagateAtLaunch": passed_on}]}


def several(*types: str, **more: Any) -> Step:
    def make(account: Account) -> None:
        template()(account)
        account.client("autoscaling", "eu-west-1").create_auto_scaling_group(
            AutoScalingGroupName="g",
            MinSize=0,
            MaxSize=1,
            AvailabilityZones=["eu-west-1a", "eu-west-1b"],
            **mixed(*types),
            **more,
        )

    return make


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (group_availability.group_in_one_zone, scaled("a"), scaled("a", "b")),
        (group_operations.starts_from_a_configuration, configured, scaled()),
        (group_operations.tags_stay_behind, scaled(**tag(passed_on=False)), scaled(**tag(True))),
        (
            group_availability.one_instance_type,
            several("m5.large"),
            several("m5.large", "m6i.large"),
        ),
        (
            group_availability.waits_for_interruption,
            several("m5.large"),
            several("m5.large", CapacityRebalance=True),
        ),
    ],
    ids=lambda each: getattr(each, "id", ""),
)
def test_groups(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_health_checks(twins: Any) -> None:
    def behind(kind: str) -> Step:
        def make(account: Account) -> None:
            target = account.client("elbv2", "eu-west-1").create_target_group(
                Name="targets", Protocol="HTTP", Port=80, VpcId=account.vpc()
            )
            arn = target["TargetGroups"][0]["TargetGroupArn"]
            scaled(TargetGroupARNs=[arn], HealthCheckType=kind)(account)

        return make

    twins(group_availability.balancer_is_not_asked, behind("EC2"), behind("ELB"))


def test_suspended_processes(twins: Any) -> None:
    def suspended(account: Account) -> None:
        scaled()(account)
        account.client("autoscaling", "eu-west-1").suspend_processes(
            AutoScalingGroupName="g", ScalingProcesses=["ReplaceUnhealthy"]
        )

    twins(group_availability.process_suspended, suspended, scaled())
