"""A small account with two stacks of the same things: one as it should be, one as it should not.

`fill(make_client)` makes both and says what it made: Terraform type → ids, by stack.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
IMAGE = "ami-12c6146b"

Made = dict[str, list[str]]


def fill(make_client: Callable[..., Any]) -> dict[str, Made]:
    """Both stacks: `good` and `bad`."""
    return {name: _Stack(make_client, name).make() for name in ("good", "bad")}


class _Stack:
    """One stack; `sound` decides how each thing is made."""

    def __init__(self, make_client: Callable[..., Any], name: str) -> None:
        self.client = make_client
        self.name = name
        self.sound = name == "good"
        self.made: Made = {}
        self.key = ""

    def make(self) -> Made:
        self.keys()
        self.network()
        self.compute()
        self.balancer()
        self.storage()
        self.messages()
        self.tables()
        self.logs()
        return self.made

    def note(self, type: str, id: str) -> str:
        self.made.setdefault(type, []).append(id)
        return id

    def when_sound(self, **arguments: Any) -> dict[str, Any]:
        """Arguments that only the good stack gives."""
        return arguments if self.sound else {}

    def keys(self) -> None:
        kms = self.client("kms", REGION)
        made = kms.create_key()["KeyMetadata"]
        self.key = made["Arn"]
        self.note("aws_kms_key", made["KeyId"])
        if self.sound:
            kms.enable_key_rotation(KeyId=made["KeyId"])

    def network(self) -> None:
        ec2 = self.client("ec2", REGION)
        self.vpc = self.note("aws_vpc", ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
        self.subnets = [
            self.note(
                "aws_subnet",
                ec2.create_subnet(
                    VpcId=self.vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}"
                )["Subnet"]["SubnetId"],
            )
            for i, zone in enumerate("ab" if self.sound else "aa")
        ]
        ec2.modify_subnet_attribute(
            SubnetId=self.subnets[0], MapPublicIpOnLaunch={"Value": not self.sound}
        )
        table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.note("aws_route_table", table)
        associated = ec2.associate_route_table(RouteTableId=table, SubnetId=self.subnets[0])
        self.note("aws_route_table_association", associated["AssociationId"])
        group = ec2.create_security_group(
            GroupName=f"{self.name}-web", Description="web", VpcId=self.vpc
        )
        self.group = self.note("aws_security_group", group["GroupId"])
        who = "10.0.0.0/16" if self.sound else "0.0.0.0/0"
        ec2.authorize_security_group_ingress(
            GroupId=self.group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=who
        )
        if self.sound:
            flow = ec2.create_flow_logs(
                ResourceIds=[self.vpc],
                ResourceType="VPC",
                TrafficType="ALL",
                LogDestinationType="s3",
                LogDestination=f"arn:aws:s3:::{self._bucket('flow')}",
            )
            self.note("aws_flow_log", flow["FlowLogIds"][0])

    def compute(self) -> None:
        ec2 = self.client("ec2", REGION)
        tokens = {"HttpTokens": "required" if self.sound else "optional"}
        interface = {
            "DeviceIndex": 0,
            "SubnetId": self.subnets[0],
            "Groups": [self.group],
            "AssociatePublicIpAddress": not self.sound,
        }
        started = ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            MetadataOptions=tokens,
            NetworkInterfaces=[interface],
        )
        self.note("aws_instance", started["Instances"][0]["InstanceId"])
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, Encrypted=self.sound)
        self.note("aws_ebs_volume", volume["VolumeId"])
        snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"])
        self.note("aws_ebs_snapshot", snapshot["SnapshotId"])
        template = ec2.create_launch_template(
            LaunchTemplateName=f"{self.name}-web",
            LaunchTemplateData={"ImageId": IMAGE, "MetadataOptions": tokens},
        )
        self.note("aws_launch_template", template["LaunchTemplate"]["LaunchTemplateId"])
        self.client("autoscaling", REGION).create_auto_scaling_group(
            AutoScalingGroupName=self.note("aws_autoscaling_group", f"{self.name}-web"),
            LaunchTemplate={"LaunchTemplateName": f"{self.name}-web"},
            MinSize=0,
            MaxSize=2,
            VPCZoneIdentifier=",".join(self.subnets),
        )

    def balancer(self) -> None:
        elb = self.client("elbv2", REGION)
        made = elb.create_load_balancer(
            Name=f"{self.name}-web", Subnets=self.subnets, SecurityGroups=[self.group]
        )
        arn = self.note("aws_lb", made["LoadBalancers"][0]["LoadBalancerArn"])
        flags = ("deletion_protection.enabled", "routing.http.drop_invalid_header_fields.enabled")
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn,
            Attributes=[{"Key": key, "Value": str(self.sound).lower()} for key in flags],
        )
        redirect = {
            "Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"},
        }
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
        listener = elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[redirect if self.sound else fixed],
        )
        self.note("aws_lb_listener", listener["Listeners"][0]["ListenerArn"])

    def _bucket(self, name: str) -> str:
        full = f"{self.name}-{name}"
        self.client("s3", REGION).create_bucket(
            Bucket=full, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        return self.note("aws_s3_bucket", full)

    def storage(self) -> None:
        s3 = self.client("s3", REGION)
        bucket = self._bucket("data")
        if self.sound:
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        database = self.client("rds", REGION).create_db_instance(
            DBInstanceIdentifier=self.note("aws_db_instance", f"{self.name}-main"),
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            StorageEncrypted=self.sound,
            MultiAZ=self.sound,
            PubliclyAccessible=not self.sound,
            VpcSecurityGroupIds=[self.group],
        )
        assert database["DBInstance"]["StorageEncrypted"] is self.sound

    def messages(self) -> None:
        name = self.note("aws_sqs_queue", f"{self.name}-jobs")  # its address is made of it
        self.client("sqs", REGION).create_queue(
            QueueName=name, Attributes={"SqsManagedSseEnabled": str(self.sound).lower()}
        )
        topic = self.client("sns", REGION).create_topic(
            Name=f"{self.name}-alerts", Attributes=self.when_sound(KmsMasterKeyId=self.key)
        )
        self.note("aws_sns_topic", topic["TopicArn"])

    def tables(self) -> None:
        dynamodb = self.client("dynamodb", REGION)
        name = self.note("aws_dynamodb_table", f"{self.name}-orders")
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=self.sound,
        )
        if self.sound:
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
        self.client("elasticache", REGION).create_replication_group(
            ReplicationGroupId=self.note("aws_elasticache_replication_group", f"{self.name}-c"),
            ReplicationGroupDescription="d",
            Engine="redis",
            AtRestEncryptionEnabled=self.sound,
            TransitEncryptionEnabled=self.sound,
        )

    def logs(self) -> None:
        logs = self.client("logs", REGION)
        name = self.note("aws_cloudwatch_log_group", f"/{self.name}/app")
        logs.create_log_group(logGroupName=name, **self.when_sound(kmsKeyId=self.key))
        logs.put_retention_policy(logGroupName=name, retentionInDays=400 if self.sound else 30)
        self.client("cloudtrail", REGION).create_trail(
            Name=self.note("aws_cloudtrail", f"{self.name}-trail"),
            S3BucketName=self._bucket("trail"),
            IsMultiRegionTrail=self.sound,
            EnableLogFileValidation=self.sound,
        )
        if self.sound:
            self.client("cloudtrail", REGION).start_logging(Name=f"{self.name}-trail")
        iam = self.client("iam", "us-east-1")
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
        iam.create_role(
            RoleName=self.note("aws_iam_role", f"{self.name}-app"),
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
            ),
        )
        allowed = {
            "Effect": "Allow",
            "Action": "s3:GetObject" if self.sound else "*",
            "Resource": f"arn:aws:s3:::{self.name}-data/*" if self.sound else "*",
        }
        iam.put_role_policy(
            RoleName=f"{self.name}-app",
            PolicyName="app",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        self.note("aws_iam_role_policy", f"{self.name}-app:app")
