"""What level of access an action is: does it change something, and can it be kept to a resource?

Judged by the action's verb, with tables for what the verb does not tell.

SOURCE: AWS Service Authorization Reference, columns "Access level" and "Resource types", 2025.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from auditor.policy.patterns import covers, meets

_READS: Final = (
    *("Get", "List", "Describe", "BatchGet", "BatchDescribe", "Search", "View", "Lookup"),
    *("Query", "Scan", "Select", "Read", "Check", "BatchCheck", "Count", "Discover", "Estimate"),
    *("Preview", "Simulate", "Test", "Validate", "Verify", "Filter", "Head", "Export"),
    *("GenerateCredentialReport", "GenerateServiceLastAccessedDetails", "PartiQLSelect"),
    *("ConditionCheck", "StartQuery", "StopQuery", "Explain", "Evaluate", "Detect", "Analyze"),
    *("Decode", "Download", "Retrieve", "Peek", "Poll", "Receive", "Watch", "Synthesize"),
)
_NO_RESOURCE: Final = (
    # What an action of these names does is about the account or the region, not a resource.
    *("*:List*", "*:Describe*"),
    *("sts:GetCallerIdentity", "sts:GetSessionToken", "sts:GetServiceBearerToken"),
    *("sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo", "sts:SetContext"),
    *("ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken", "ecr:GetRegistry*"),
    *("ecr:PutRegistry*", "ecr:BatchCheckRegistry*", "ecr:*AccountSetting"),
    *("cloudwatch:PutMetricData", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"),
    *("cloudwatch:GetMetricWidgetImage", "cloudwatch:GenerateQuery"),
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSampling*"),
    *("xray:BatchGetTraces", "xray:GetServiceGraph", "xray:GetTrace*", "xray:*EncryptionConfig"),
    *("ssmmessages:*", "ec2messages:*", "ssm:UpdateInstanceInformation"),
    *("ssm:GetInventory*", "ssm:PutInventory", "ssm:GetDeployablePatchSnapshotForInstance"),
    *("ssm:PutConfigurePackageResult", "ssm:GetManifest", "ssm:CancelCommand"),
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery"),
    *("logs:DeleteLogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy"),
    *("logs:StopQuery", "logs:GetQueryResults", "logs:TestMetricFilter", "logs:PutQueryDefinition"),
    *("s3:CreateJob", "s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
    "s3:GetAccessPoint",
    *("iam:GetAccount*", "iam:GetContextKeys*", "iam:GenerateCredentialReport"),
    *("iam:GetCredentialReport", "iam:CreateAccountAlias", "iam:DeleteAccountAlias"),
    *("iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy"),
    *("iam:SimulateCustomPolicy", "iam:GetServiceLastAccessedDetails*"),
    "iam:SetSecurityTokenServicePreferences",
    *("kms:CreateKey", "kms:GenerateRandom", "kms:*CustomKeyStore", "kms:ConnectCustomKeyStore"),
    *("lambda:GetAccountSettings", "lambda:CreateEventSourceMapping"),
    *("ec2:GetConsole*", "ec2:GetEbs*", "ec2:GetSpotPlacementScores", "ec2:GetDefault*"),
    *("ec2:EnableEbsEncryptionByDefault", "ec2:DisableEbsEncryptionByDefault"),
    *("ec2:*SerialConsoleAccess", "ec2:GetReservedInstancesExchangeQuote"),
    *("ec2:GetInstanceTypesFromInstanceRequirements", "ec2:GetSubnetCidrReservations"),
    *("ec2:ModifyIdFormat", "ec2:BundleInstance", "ec2:CancelBundleTask"),
    *("elasticloadbalancing:SetRulePriorities",),
    *("elasticfilesystem:PutAccountPreferences", "elasticfilesystem:DescribeAccountPreferences"),
    *("autoscaling:GetPredictiveScalingForecast",),
    *("application-autoscaling:*",),
    *("acm:PutAccountConfiguration", "acm:GetAccountConfiguration", "acm:RequestCertificate"),
    *("cloudtrail:LookupEvents", "cloudfront:GetDistributions*"),
    *("route53:GetHostedZoneCount", "route53:GetHealthCheckCount", "route53:GetChange"),
    *("route53:GetGeoLocation", "route53:CreateHostedZone", "route53:TestDNSAnswer"),
    *("config:Get*", "config:PutEvaluations", "config:BatchGet*", "config:SelectResourceConfig"),
    *("config:PutConfigurationRecorder", "config:PutDeliveryChannel", "config:DeliverConfig*"),
    *("tag:*", "resource-groups:SearchResources", "resource-explorer-2:Search"),
    *(
        "ce:*",
        "cur:*",
        "aws-portal:*",
        "billing:*",
        "budgets:View*",
        "support:*",
        "trustedadvisor:*",
    ),
    *("pricing:*", "health:*", "savingsplans:*", "freetier:*", "consolidatedbilling:*"),
    *("aws-marketplace:*", "account:*", "organizations:CreateOrganization", "sso-directory:*"),
    *("guardduty:CreateDetector", "securityhub:EnableSecurityHub", "inspector2:*"),
    *("access-analyzer:ValidatePolicy", "access-analyzer:Check*", "sns:*SMS*", "sns:*Sms*"),
    *("ses:GetSendQuota", "ses:GetSendStatistics", "ses:GetAccount*", "ses:PutAccount*"),
    *("rekognition:Detect*", "rekognition:RecognizeCelebrities", "comprehend:Detect*"),
    *("comprehend:BatchDetect*", "polly:SynthesizeSpeech", "textract:*", "translate:*Text"),
    *("transcribe:StartStreamTranscription*", "transcribe:StartTranscriptionJob"),
    *("codebuild:ImportSourceCredentials", "codecommit:CreateApprovalRuleTemplate"),
    *("dynamodb:DescribeLimits", "cognito-identity:*Identity*Developer*", "cognito-identity:GetId"),
    *("cognito-identity:GetCredentialsForIdentity", "cognito-identity:GetOpenIdToken"),
    *("events:TestEventPattern", "events:PutPermission", "events:RemovePermission"),
    *(
        "states:ValidateStateMachineDefinition",
        "states:TestState",
        "secretsmanager:GetRandomPassword",
    ),
    *(
        "secretsmanager:BatchGetSecretValue",
        "ec2-instance-connect:GetHostKeys",
        "wafv2:CheckCapacity",
    ),
)

_TAKES_RESOURCE: Final = (
    # Lists and descriptions that can be kept to one resource.
    *("s3:ListBucket*", "s3:ListMultipartUploadParts", "s3:DescribeJob", "s3:ListTagsForResource"),
    *("dynamodb:DescribeTable", "dynamodb:DescribeStream", "dynamodb:DescribeTimeToLive"),
    *("dynamodb:DescribeContinuousBackups", "kms:DescribeKey", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListResourceTags", "secretsmanager:DescribeSecret"),
    *("secretsmanager:ListSecretVersionIds", "logs:DescribeLogStreams", "sqs:ListQueueTags"),
    *("kinesis:DescribeStream*", "kinesis:ListShards", "ecs:DescribeServices"),
    *("ecs:DescribeTasks", "ecs:DescribeClusters", "eks:DescribeCluster", "eks:DescribeNodegroup"),
    *("ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:ListImages"),
    *("lambda:ListVersionsByFunction", "lambda:ListTags", "states:DescribeExecution"),
    *("states:DescribeStateMachine", "states:ListExecutions", "sns:ListSubscriptionsByTopic"),
    *("iam:ListAttached*", "iam:ListRolePolicies", "iam:ListUserPolicies", "iam:ListAccessKeys"),
    *("iam:ListGroupPolicies", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"),
    *("iam:ListRoleTags", "iam:ListMFADevices", "iam:ListInstanceProfilesForRole"),
    *("route53:ListResourceRecordSets", "cognito-idp:DescribeUserPool*", "cognito-idp:ListUsers"),
    *("firehose:DescribeDeliveryStream", "backup:DescribeBackupVault", "ssm:DescribeDocument"),
    *("cloudformation:DescribeStack*", "cloudformation:ListStackResources"),
    *(
        "rds:DescribeDBClusters",
        "rds:ListTagsForResource",
        "elasticfilesystem:DescribeMountTargets",
    ),
)


def is_write(action: str) -> bool:
    """Whether an action, or some action of a pattern, changes something.

    Judged by the verb, as the names of AWS's actions begin with one. `s3:*` does, `s3:Get*` and
    `ec2:Describe*` do not, `s3:D*` may (Delete).
    """
    service, _, name = action.partition(":")
    if "*" in service or not name:
        return True
    literal = name.replace("?", "*").partition("*")[0].lower()
    return not any(literal.startswith(verb.lower()) for verb in _READS)


@lru_cache(maxsize=4096)
def takes_resource(action: str) -> bool:
    """Whether an action, or some action of a pattern, can be kept to named resources.

    An action that cannot be (`ec2:DescribeInstances`, `sts:GetCallerIdentity`) needs `*`.
    """
    if any(meets(action, known, fold=True, variables=False) for known in _TAKES_RESOURCE):
        return True
    return not any(covers(known, action, fold=True, variables=False) for known in _NO_RESOURCE)


def service_of(action: str) -> str:
    """The service prefix of an action, in lower case."""
    return action.partition(":")[0].lower()
