"""What actions are for: tables of actions by what they let a caller do.

Entries are actions, or patterns where all actions with that beginning belong. They change as AWS
adds services; a service that is missing here is not judged by the rules that use the table.

SOURCE: AWS Service Authorization Reference (access level "Permissions management"), each service's
page, 2025; for ways up, the techniques published since 2018 as "AWS IAM privilege escalation".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from auditor.policy.patterns import covers


def _of(**services: str) -> frozenset[str]:
    """Actions by service: `_of(s3="GetObject PutObject")`.

    `_` in a service's name stands for `-`; a last one is dropped (`lambda_`).
    """
    return frozenset(
        f"{service.rstrip('_').replace('_', '-')}:{name}"
        for service, names in services.items()
        for name in names.split()
    )


DATA_EXFILTRATION: Final = _of(
    s3="GetObject GetObjectVersion",
    ssm="GetParameter GetParameters GetParametersByPath GetParameterHistory",
    secretsmanager="GetSecretValue BatchGetSecretValue",
)
"""Actions that read what is worth stealing: objects, parameters, secrets."""

CREDENTIALS_EXPOSURE: Final = _of(
    sts="AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken"
    " GetSessionToken",
    iam="CreateAccessKey CreateLoginProfile UpdateLoginProfile UpdateAccessKey"
    " CreateServiceSpecificCredential ResetServiceSpecificCredential",
    ecr="GetAuthorizationToken",
    ecr_public="GetAuthorizationToken",
    codeartifact="GetAuthorizationToken",
    rds_db="connect",
    redshift="GetClusterCredentials GetClusterCredentialsWithIAM",
    redshift_serverless="GetCredentials",
    dsql="DbConnect DbConnectAdmin",
    elasticache="Connect",
    memorydb="Connect",
    cognito_identity="GetCredentialsForIdentity GetOpenIdToken GetOpenIdTokenForDeveloperIdentity",
    ec2="GetPasswordData",
    lightsail="DownloadDefaultKeyPair GetBucketAccessKeys CreateBucketAccessKey GetKeyPair"
    " GetKeyPairs GetInstanceAccessDetails GetRelationalDatabaseMasterUserPassword",
    gamelift="GetComputeAccess GetInstanceAccess RequestUploadCredentials",
    codepipeline="PollForJobs",
    cloud9="CreateEnvironmentToken",
    connect="GetFederationToken",
    appsync="ListApiKeys",
    mediapackage="RotateChannelCredentials RotateIngestEndpointCredentials",
    snowball="GetJobUnlockCode",
    storagegateway="DescribeChapCredentials",
    iot="AssumeRoleWithCertificate",
)
"""Actions whose answer is a credential."""

PERMISSIONS_MANAGEMENT: Final = _of(
    iam="AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup Attach*"
    " ChangePassword CreateAccessKey CreateAccountAlias CreateGroup CreateInstanceProfile"
    " CreateLoginProfile CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole"
    " CreateSAMLProvider CreateServiceLinkedRole CreateServiceSpecificCredential CreateUser"
    " CreateVirtualMFADevice DeactivateMFADevice Delete* Detach* EnableMFADevice PassRole Put*"
    " Remove* Reset* ResyncMFADevice SetDefaultPolicyVersion"
    " SetSecurityTokenServicePreferences Update* Upload*",
    acm_pca="CreatePermission DeletePermission DeletePolicy PutPolicy",
    apigateway="UpdateRestApiPolicy",
    backup="DeleteBackupVaultAccessPolicy PutBackupVaultAccessPolicy",
    bedrock="DeleteResourcePolicy PutResourcePolicy",
    chime="DeleteVoiceConnectorTerminationCredentials PutVoiceConnectorTerminationCredentials",
    cloudformation="SetStackPolicy",
    cloudsearch="UpdateServiceAccessPolicies",
    cloudtrail="DeleteResourcePolicy PutResourcePolicy",
    codeartifact="DeleteDomainPermissionsPolicy DeleteRepositoryPermissionsPolicy"
    " PutDomainPermissionsPolicy PutRepositoryPermissionsPolicy",
    codebuild="DeleteResourcePolicy DeleteSourceCredentials ImportSourceCredentials"
    " PutResourcePolicy",
    codeguru_profiler="PutPermission RemovePermission",
    codestar="AssociateTeamMember CreateProject DeleteProject DisassociateTeamMember"
    " UpdateTeamMember",
    cognito_identity="CreateIdentityPool DeleteIdentities DeleteIdentityPool GetId"
    " MergeDeveloperIdentities SetIdentityPoolRoles UnlinkDeveloperIdentity UnlinkIdentity"
    " UpdateIdentityPool",
    dynamodb="DeleteResourcePolicy PutResourcePolicy",
    ec2="CreateNetworkInterfacePermission DeleteNetworkInterfacePermission"
    " DisableSnapshotBlockPublicAccess DisableImageBlockPublicAccess ModifyImageAttribute"
    " ModifySnapshotAttribute ModifyVpcEndpointServicePermissions ResetImageAttribute"
    " ResetSnapshotAttribute",
    ecr="DeleteRegistryPolicy DeleteRepositoryPolicy PutRegistryPolicy SetRepositoryPolicy",
    ecr_public="DeleteRepositoryPolicy SetRepositoryPolicy",
    eks="AssociateAccessPolicy CreateAccessEntry CreatePodIdentityAssociation DeleteAccessEntry"
    " DisassociateAccessPolicy UpdateAccessEntry UpdatePodIdentityAssociation",
    elasticfilesystem="DeleteFileSystemPolicy PutFileSystemPolicy",
    elasticmapreduce="PutBlockPublicAccessConfiguration",
    es="UpdateDomainConfig UpdateElasticsearchDomainConfig",
    events="PutPermission RemovePermission",
    glacier="AbortVaultLock CompleteVaultLock DeleteVaultAccessPolicy InitiateVaultLock"
    " SetDataRetrievalPolicy SetVaultAccessPolicy",
    glue="DeleteResourcePolicy PutResourcePolicy",
    greengrass="AssociateServiceRoleToAccount",
    imagebuilder="PutComponentPolicy PutContainerRecipePolicy PutImagePolicy PutImageRecipePolicy",
    iot="AttachPolicy AttachPrincipalPolicy DetachPolicy DetachPrincipalPolicy"
    " SetDefaultAuthorizer SetDefaultPolicyVersion",
    kafka="DeleteClusterPolicy PutClusterPolicy",
    kinesis="DeleteResourcePolicy PutResourcePolicy",
    kms="CreateGrant PutKeyPolicy RetireGrant RevokeGrant",
    lakeformation="BatchGrantPermissions BatchRevokePermissions GrantPermissions"
    " PutDataLakeSettings RevokePermissions",
    lambda_="AddLayerVersionPermission AddPermission DisableReplication EnableReplication"
    " RemoveLayerVersionPermission RemovePermission",
    lightsail="GetRelationalDatabaseMasterUserPassword SetResourceAccessForBucket",
    logs="DeleteResourcePolicy PutResourcePolicy",
    mediastore="DeleteContainerPolicy PutContainerPolicy",
    network_firewall="DeleteResourcePolicy PutResourcePolicy",
    organizations="AttachPolicy CreatePolicy DeletePolicy DeleteResourcePolicy DetachPolicy"
    " DisablePolicyType EnablePolicyType PutResourcePolicy UpdatePolicy",
    quicksight="UpdateAnalysisPermissions UpdateDashboardPermissions UpdateDataSetPermissions"
    " UpdateDataSourcePermissions UpdateFolderPermissions UpdateTemplatePermissions",
    ram="AcceptResourceShareInvitation AssociateResourceShare CreateResourceShare"
    " DeleteResourceShare DisassociateResourceShare EnableSharingWithAwsOrganization"
    " RejectResourceShareInvitation UpdateResourceShare",
    rds="AuthorizeDBSecurityGroupIngress ModifyDBClusterSnapshotAttribute"
    " ModifyDBSnapshotAttribute",
    rds_db="connect",
    redshift="AuthorizeDataShare AuthorizeSnapshotAccess CreateClusterUser DeauthorizeDataShare"
    " DeleteResourcePolicy GetClusterCredentials JoinGroup ModifyClusterIamRoles"
    " PutResourcePolicy RevokeSnapshotAccess",
    route53resolver="PutFirewallRuleGroupPolicy PutResolverQueryLogConfigPolicy"
    " PutResolverRulePolicy",
    s3="BypassGovernanceRetention CreateAccessGrant DeleteAccessPointPolicy"
    " DeleteAccessPointPolicyForObjectLambda DeleteBucketPolicy ObjectOwnerOverrideToBucketOwner"
    " PutAccessGrantsInstanceResourcePolicy PutAccessPointPolicy"
    " PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock"
    " PutAccountPublicAccessBlock PutBucketAcl PutBucketOwnershipControls PutBucketPolicy"
    " PutBucketPublicAccessBlock PutMultiRegionAccessPointPolicy PutObjectAcl"
    " PutObjectVersionAcl",
    schemas="DeleteResourcePolicy PutResourcePolicy",
    secretsmanager="DeleteResourcePolicy PutResourcePolicy ValidateResourcePolicy",
    serverlessrepo="PutApplicationPolicy",
    servicecatalog="AssociatePrincipalWithPortfolio CreatePortfolioShare DeletePortfolioShare"
    " DisassociatePrincipalFromPortfolio",
    signer="AddProfilePermission RemoveProfilePermission",
    sns="AddPermission DeleteTopic PutDataProtectionPolicy RemovePermission SetTopicAttributes",
    sqs="AddPermission RemovePermission SetQueueAttributes",
    ssm="DeleteResourcePolicy ModifyDocumentPermission PutResourcePolicy",
    sso="AttachCustomerManagedPolicyReferenceToPermissionSet AttachManagedPolicyToPermissionSet"
    " CreateAccountAssignment CreatePermissionSet DeleteAccountAssignment DeletePermissionSet"
    " DetachManagedPolicyFromPermissionSet ProvisionPermissionSet"
    " PutInlinePolicyToPermissionSet PutPermissionsBoundaryToPermissionSet UpdatePermissionSet",
    storagegateway="DeleteChapCredentials SetLocalConsolePassword SetSMBGuestPassword"
    " UpdateChapCredentials",
    vpc_lattice="DeleteAuthPolicy DeleteResourcePolicy PutAuthPolicy PutResourcePolicy",
)
"""Actions of access level "Permissions management": they change who may do what."""

S3_NOT_FOR_FOREIGN_ACCOUNTS: Final = _of(
    s3="DeleteBucketPolicy PutBucketAcl PutBucketPolicy PutEncryptionConfiguration PutObjectAcl"
)
"""S3 actions that no bucket policy should give to another account (Security Hub S3.6)."""

EC2_ROLE_DANGERS: Final[dict[str, frozenset[str]]] = {
    "creates IAM identities": _of(
        iam="CreateUser CreateGroup CreateRole CreateAccessKey CreateLoginProfile AddUserToGroup"
    ),
    "changes IAM permissions": _of(
        iam="AttachUserPolicy AttachGroupPolicy AttachRolePolicy PutUserPolicy PutGroupPolicy"
        " PutRolePolicy CreatePolicyVersion SetDefaultPolicyVersion UpdateAssumeRolePolicy"
    ),
    "tampers with logs": _of(
        cloudtrail="StopLogging DeleteTrail UpdateTrail PutEventSelectors",
        logs="DeleteLogGroup DeleteLogStream PutRetentionPolicy",
        config="StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel",
        guardduty="DeleteDetector UpdateDetector",
        ec2="DeleteFlowLogs",
    ),
    "destroys keys": _of(kms="ScheduleKeyDeletion DisableKey DeleteImportedKeyMaterial"),
    "destroys databases": _of(
        rds="DeleteDBInstance DeleteDBCluster DeleteDBSnapshot DeleteDBClusterSnapshot",
        dynamodb="DeleteTable DeleteBackup",
    ),
    "destroys buckets": _of(s3="DeleteBucket DeleteObject DeleteObjectVersion"),
    "changes the organisation": _of(
        organizations="LeaveOrganization DeleteOrganization DetachPolicy DeletePolicy"
        " RemoveAccountFromOrganization CloseAccount CreateAccount"
    ),
    "opens security groups": _of(
        ec2="AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress"
        " ModifySecurityGroupRules CreateSecurityGroup"
    ),
    "changes resource policies": _of(
        s3="PutBucketPolicy PutBucketAcl PutObjectAcl PutBucketPublicAccessBlock",
        kms="PutKeyPolicy CreateGrant",
        sqs="AddPermission SetQueueAttributes",
        sns="AddPermission SetTopicAttributes",
        secretsmanager="PutResourcePolicy",
        ecr="SetRepositoryPolicy",
    )
    | {"lambda:AddPermission"},
}
"""What the role of an instance must not be able to do, by group: any action of one is enough."""

_PASS: Final = "iam:PassRole"

ESCALATIONS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("makes an access key of another user", ("iam:CreateAccessKey",)),
    ("gives another user a password", ("iam:CreateLoginProfile",)),
    ("changes another user's password", ("iam:UpdateLoginProfile",)),
    ("attaches a policy to a user", ("iam:AttachUserPolicy",)),
    ("attaches a policy to a group", ("iam:AttachGroupPolicy",)),
    ("attaches a policy to a role", ("iam:AttachRolePolicy",)),
    ("writes a user's policy", ("iam:PutUserPolicy",)),
    ("writes a group's policy", ("iam:PutGroupPolicy",)),
    ("writes a role's policy", ("iam:PutRolePolicy",)),
    ("writes a new version of a policy", ("iam:CreatePolicyVersion",)),
    ("goes back to a wider version of a policy", ("iam:SetDefaultPolicyVersion",)),
    ("joins a group", ("iam:AddUserToGroup",)),
    ("lets itself assume a role", ("iam:UpdateAssumeRolePolicy",)),
    ("changes a function's code", ("lambda:UpdateFunctionCode",)),
    ("adds a layer to a function", ("lambda:UpdateFunctionConfiguration",)),
    ("runs commands on instances", ("ssm:SendCommand",)),
    ("opens a shell on instances", ("ssm:StartSession",)),
    ("opens a notebook that has a role", ("sagemaker:CreatePresignedNotebookInstanceUrl",)),
    ("puts its key on a development endpoint", ("glue:UpdateDevEndpoint",)),
    ("changes a stack that has a role", ("cloudformation:UpdateStack",)),
    (
        "runs a project's build with changed commands",
        ("codebuild:UpdateProject", "codebuild:StartBuild"),
    ),
    (
        "changes an instance's start script",
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    ),
    *(
        (f"passes a role to {what}", (_PASS, *actions))
        for what, actions in (
            ("an instance", ("ec2:RunInstances",)),
            ("a running instance", ("ec2:AssociateIamInstanceProfile",)),
            (
                "instances of a scaling group",
                ("autoscaling:CreateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration"),
            ),
            (
                "instances of a launch template",
                ("autoscaling:CreateAutoScalingGroup", "ec2:CreateLaunchTemplate"),
            ),
            ("a function that it calls", ("lambda:CreateFunction", "lambda:InvokeFunction")),
            (
                "a function that a stream calls",
                ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
            ),
            (
                "a function that others may call",
                ("lambda:CreateFunction", "lambda:AddPermission"),
            ),
            ("a stack", ("cloudformation:CreateStack",)),
            (
                "a stack set",
                ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
            ),
            (
                "a change set",
                ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
            ),
            ("a task", ("ecs:RegisterTaskDefinition", "ecs:RunTask")),
            ("a service's tasks", ("ecs:RegisterTaskDefinition", "ecs:CreateService")),
            ("a batch job", ("batch:RegisterJobDefinition", "batch:SubmitJob")),
            ("a build", ("codebuild:CreateProject", "codebuild:StartBuild")),
            ("a batch of builds", ("codebuild:CreateProject", "codebuild:StartBuildBatch")),
            ("a development endpoint", ("glue:CreateDevEndpoint",)),
            ("a Glue job", ("glue:CreateJob", "glue:StartJobRun")),
            ("a Glue job by a trigger", ("glue:CreateJob", "glue:CreateTrigger")),
            ("a changed Glue job", ("glue:UpdateJob", "glue:StartJobRun")),
            ("a changed Glue job by a trigger", ("glue:UpdateJob", "glue:CreateTrigger")),
            (
                "a notebook",
                (
                    "sagemaker:CreateNotebookInstance",
                    "sagemaker:CreatePresignedNotebookInstanceUrl",
                ),
            ),
            ("a training job", ("sagemaker:CreateTrainingJob",)),
            ("a processing job", ("sagemaker:CreateProcessingJob",)),
            ("a state machine", ("states:CreateStateMachine", "states:StartExecution")),
            ("a schedule", ("scheduler:CreateSchedule",)),
            ("an automation", ("ssm:StartAutomationExecution",)),
            ("a cluster", ("elasticmapreduce:RunJobFlow",)),
            ("an identity pool", ("cognito-identity:SetIdentityPoolRoles",)),
            ("an App Runner service", ("apprunner:CreateService",)),
            ("a CodeStar project", ("codestar:CreateProject",)),
            (
                "a code interpreter",
                (
                    "bedrock-agentcore:CreateCodeInterpreter",
                    "bedrock-agentcore:InvokeCodeInterpreter",
                ),
            ),
            (
                "a data pipeline",
                (
                    "datapipeline:CreatePipeline",
                    "datapipeline:PutPipelineDefinition",
                    "datapipeline:ActivatePipeline",
                ),
            ),
        )
    ),
)
"""Ways to more permissions than one was given: what it does, and all the actions that it takes."""

CALLS_FOR_OTHERS: Final = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        *("access-analyzer", "apigateway", "application-autoscaling", "appsync", "athena"),
        *("backup", "batch", "bedrock", "bedrock-agentcore", "billingconductor", "budgets"),
        *("chatbot", "cloudformation", "cloudtrail", "codebuild", "codedeploy", "codepipeline"),
        *("config", "costalerts", "datasync", "delivery.logs", "devops-guru", "dms", "ecs"),
        *("ecs-tasks", "eks", "elasticmapreduce", "events", "firehose", "fis", "forecast"),
        *("gamelift", "glue", "guardduty", "imagebuilder", "inspector", "iot", "iotevents"),
        *("kinesisanalytics", "lex", "lexv2", "logs", "mediaconnect", "mediaconvert", "mgn"),
        *("monitoring.rds", "pipes", "polly", "rds", "rekognition", "s3", "sagemaker"),
        *("scheduler", "ses", "sns", "sqs", "ssm", "states", "storagegateway", "textract"),
        *("timestream", "transcribe", "transfer", "vpc-flow-logs", "workspaces", "xray"),
    )
)
"""Services that act on behalf of others' resources and send `aws:SourceArn` or
`aws:SourceAccount` when they assume a role, so that a trust policy can ask for it. Not in it:
services that only assume the role of what runs in one's own account (EC2, Lambda).

SOURCE: each service's guide, "Cross-service confused deputy prevention", 2025."""


@lru_cache(maxsize=4096)
def manages_permissions(action: str) -> bool:
    """Whether an action, or every action of a pattern, is of level "Permissions management"."""
    return any(
        covers(known, action, fold=True, variables=False) for known in PERMISSIONS_MANAGEMENT
    )
