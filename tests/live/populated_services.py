"""One of everything that `populated` does not make: the services around the stacks.

`fill_services(make_client)` makes enough that every reader has something to ask each of its calls
about; what the emulator does not have at all is in `supplied`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from populated import ACCOUNT, IMAGE, REGION

Make = Callable[..., Any]
PASSWORD = "Not-a-secret-1"


def fill_services(make_client: Make) -> None:
    """Makes them. The stacks of `populated` need not be there."""

    def client(service: str) -> Any:
        return make_client(service, REGION)

    vpc, subnets = _networks(client)
    role = _identities(client)
    _keys_and_secrets(client)
    _account_settings(client, role)
    _databases(client)
    function = _functions(client, role)
    _apis(client, function)
    _messages(client, role)
    _containers(client, role)
    _balancers_and_walls(client, vpc, subnets)
    _files_and_backups(client, role, subnets[0])
    _names_and_edge(client, vpc)
    _users(client)
    _buckets(client)


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _networks(client: Make) -> tuple[str, list[str]]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("abc")
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=100,
        Protocol="-1",
        RuleAction="allow",
        Egress=False,
        CidrBlock="0.0.0.0/0",
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table]
    )
    ec2.create_managed_prefix_list(
        PrefixListName="offices",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "203.0.113.0/24", "Description": "office"}],
    )
    ec2.enable_ebs_encryption_by_default()
    instance = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.micro")
    ec2.create_image(InstanceId=instance["Instances"][0]["InstanceId"], Name="golden")
    ec2.create_transit_gateway()
    return vpc, subnets


def _identities(client: Make) -> str:
    iam = client("iam")
    trust = _policy(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = _policy(Action="s3:GetObject", Resource="*")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=allowed)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=policy)
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn=policy)
    iam.put_group_policy(GroupName="developers", PolicyName="p", PolicyDocument=allowed)
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
        iam.create_access_key(UserName=name)
        iam.create_login_profile(UserName=name, Password=PASSWORD)
        iam.add_user_to_group(UserName=name, GroupName="developers")
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=allowed)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="bob",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_instance_profile(InstanceProfileName="worker")
    iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName="worker")
    iam.upload_server_certificate(
        ServerCertificateName="old", CertificateBody="body", PrivateKey="key"
    )
    iam.create_open_id_connect_provider(
        Url="https://ci.example.com", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    iam.update_account_password_policy(MinimumPasswordLength=8)
    return str(role)


def _keys_and_secrets(client: Make) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    secrets = client("secretsmanager")
    secrets.create_secret(Name="plain", SecretString="not-a-secret")
    secrets.create_secret(
        Name="copied", SecretString="not-a-secret", AddReplicaRegions=[{"Region": "eu-central-1"}]
    )
    ssm = client("ssm")
    ssm.put_parameter(Name="/app/token", Value="not-a-secret", Type="SecureString")
    steps = {
        "schemaVersion": "2.2",
        "description": "d",
        "mainSteps": [
            {"action": "aws:runShellScript", "name": "s", "inputs": {"runCommand": ["true"]}}
        ],
    }
    ssm.create_document(Name="restart", Content=json.dumps(steps), DocumentType="Command")


def _account_settings(client: Make, role: str) -> None:
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True)
    )
    config = client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": role,
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "good-data"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    client("guardduty").create_detector(Enable=True)
    client("securityhub").enable_security_hub()
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="root-used",
        Namespace="trail",
        MetricName="root",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=0,
        Period=60,
        Statistic="Sum",
    )
    logs = client("logs")
    logs.create_log_group(logGroupName="trail")
    logs.put_metric_filter(
        logGroupName="trail",
        filterName="root",
        filterPattern="{ $.userIdentity.type = Root }",
        metricTransformations=[
            {"metricName": "root", "metricNamespace": "trail", "metricValue": "1"}
        ],
    )


def _databases(client: Make) -> None:
    rds = client("rds")
    common = {"MasterUsername": "owner", "MasterUserPassword": PASSWORD}
    rds.create_db_parameter_group(
        DBParameterGroupName="g", DBParameterGroupFamily="postgres15", Description="d"
    )
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="cg", DBParameterGroupFamily="aurora-mysql8.0", Description="d"
    )
    rds.create_db_cluster(
        DBClusterIdentifier="c",
        Engine="aurora-mysql",
        DBClusterParameterGroupName="cg",
        **common,
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier="c", DBClusterSnapshotIdentifier="cs")
    rds.create_db_instance(
        DBInstanceIdentifier="d",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        DBParameterGroupName="g",
        **common,
    )
    rds.create_db_snapshot(DBInstanceIdentifier="d", DBSnapshotIdentifier="s")
    rds.create_event_subscription(
        SubscriptionName="events", SnsTopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    )
    client("elasticache").create_cache_cluster(
        CacheClusterId="m", Engine="memcached", CacheNodeType="cache.t3.small", NumCacheNodes=1
    )


def _functions(client: Make, role: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    functions = client("lambda")
    arn = functions.create_function(
        FunctionName="worker",
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="worker", StatementId="s", Action="lambda:InvokeFunction", Principal=ACCOUNT
    )
    functions.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=5)
    functions.put_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=1)
    queue = client("sqs").create_queue(QueueName="work")["QueueUrl"].rpartition("/")[2]
    functions.create_event_source_mapping(
        FunctionName="worker", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    )
    return str(arn)


def _apis(client: Make, function: str) -> None:
    rest = client("apigateway")
    api = rest.create_rest_api(name="orders")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="AWS_IAM")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    rest.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=uri,
    )
    rest.create_authorizer(restApiId=api, name="a", type="TOKEN", authorizerUri=uri)
    deployed = rest.create_deployment(restApiId=api)["id"]
    rest.create_stage(restApiId=api, stageName="prod", deploymentId=deployed)
    rest.create_domain_name(domainName="api.example.com", certificateName="c")
    rest.create_base_path_mapping(domainName="api.example.com", restApiId=api, stage="prod")
    http = client("apigatewayv2")
    second = http.create_api(Name="live", ProtocolType="HTTP")["ApiId"]
    http.create_stage(ApiId=second, StageName="$default", AutoDeploy=True)
    http.create_route(ApiId=second, RouteKey="GET /", AuthorizationType="NONE")
    http.create_domain_name(DomainName="http.example.com", DomainNameConfigurations=[{}])
    http.create_api_mapping(ApiId=second, DomainName="http.example.com", Stage="$default")


def _messages(client: Make, role: str) -> None:
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    events = client("events")
    events.create_event_bus(Name="app")
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "t", "Arn": queue}])
    events.create_archive(
        ArchiveName="all", EventSourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/app"
    )
    scheduler = client("scheduler")
    scheduler.create_schedule_group(Name="nightly")
    scheduler.create_schedule(
        Name="report",
        GroupName="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": role},
    )


def _containers(client: Make, role: str) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="app")
    rule = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "imageCountMoreThan",
            "countNumber": 9,
        },
        "action": {"type": "expire"},
    }
    ecr.put_lifecycle_policy(
        repositoryName="app", lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    layer = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {**layer, "digest": f"sha256:{'0' * 64}"},
        "layers": [{**layer, "digest": f"sha256:{'1' * 64}"}],
    }
    ecr.put_image(repositoryName="app", imageManifest=json.dumps(manifest), imageTag="1")
    ecs = client("ecs")
    ecs.create_cluster(clusterName="app")
    task = ecs.register_task_definition(
        family="app",
        networkMode="awsvpc",
        taskRoleArn=role,
        executionRoleArn=role,
        containerDefinitions=[
            {
                "name": "web",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app:1",
                "memory": 256,
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="app", serviceName="web", taskDefinition=task, desiredCount=1)
    scaling = client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/app/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=3, **target)
    scaling.put_scaling_policy(
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
        **target,
    )


def _balancers_and_walls(client: Make, vpc: str, subnets: list[str]) -> None:
    elb = client("elbv2")
    balancer = elb.create_load_balancer(Name="app", Subnets=subnets)["LoadBalancers"][0]
    group = elb.create_target_group(Name="app", Protocol="HTTP", Port=80, VpcId=vpc)
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=forward,
    )["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
        Actions=forward,
    )
    waf = client("wafv2")
    seen = {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": "m",
    }
    wall = waf.create_web_acl(
        Name="app",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,
        Rules=[
            {
                "Name": "common",
                "Priority": 1,
                "OverrideAction": {"None": {}},
                "Statement": {
                    "ManagedRuleGroupStatement": {
                        "VendorName": "AWS",
                        "Name": "AWSManagedRulesCommonRuleSet",
                    }
                },
                "VisibilityConfig": seen,
            }
        ],
    )["Summary"]["ARN"]
    waf.associate_web_acl(WebACLArn=wall, ResourceArn=balancer["LoadBalancerArn"])


def _files_and_backups(client: Make, role: str, subnet: str) -> None:
    efs = client("efs")
    files = efs.create_file_system(CreationToken="f", Backup=True)["FileSystemId"]
    efs.create_access_point(ClientToken="a", FileSystemId=files)
    efs.create_mount_target(FileSystemId=files, SubnetId=subnet)
    backup = client("backup")
    backup.create_backup_vault(BackupVaultName="v")
    rule = {
        "RuleName": "r",
        "TargetBackupVaultName": "v",
        "Lifecycle": {"DeleteAfterDays": 40},
    }
    backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})


def _names_and_edge(client: Make, vpc: str) -> None:
    names = client("route53")
    public = names.create_hosted_zone(Name="example.com", CallerReference="r")["HostedZone"]["Id"]
    names.create_hosted_zone(
        Name="inside.example",
        CallerReference="i",
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )
    record = {
        "Name": "app.example.com",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "203.0.113.7"}],
    }
    names.change_resource_record_sets(
        HostedZoneId=public,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    client("acm").request_certificate(DomainName="app.example.com", ValidationMethod="DNS")
    origin = {
        "Id": "o",
        "DomainName": "o.example.com",
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        },
    }
    client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "r",
            "Comment": "c",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "https-only",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
    )


def _users(client: Make) -> None:
    pools = client("cognito-idp")
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    pools.create_user_pool_client(UserPoolId=pool, ClientName="c")
    client("cognito-identity").create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=False
    )


def _buckets(client: Make) -> None:
    s3 = client("s3")
    where = {"LocationConstraint": REGION}
    for name in ("full-of-settings", "its-logs"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket="full-of-settings",
        PublicAccessBlockConfiguration=dict.fromkeys(blocked, True),
    )
    s3.put_bucket_policy(
        Bucket="full-of-settings",
        Policy=_policy(
            Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            Action="s3:GetObject",
            Resource="arn:aws:s3:::full-of-settings/*",
        ),
    )
    s3.put_bucket_tagging(
        Bucket="full-of-settings", Tagging={"TagSet": [{"Key": "team", "Value": "app"}]}
    )
    s3.put_bucket_versioning(
        Bucket="full-of-settings", VersioningConfiguration={"Status": "Enabled"}
    )
    encrypted = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(
        Bucket="full-of-settings", ServerSideEncryptionConfiguration={"Rules": [encrypted]}
    )
    owned = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket="full-of-settings", OwnershipControls=owned)
    expired = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(
        Bucket="full-of-settings", LifecycleConfiguration={"Rules": [expired]}
    )
