# The events that the CIS AWS Foundations Benchmark wants watched (section "Monitoring").

locals {
  namespace = "${var.name}/audit"

  # Patterns of a list of event names would be unreadable written out.
  event_lists = {
    iam-policy-change = {
      what = "IAM permissions changed"
      events = [
        "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion",
        "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion", "DeleteRolePolicy", "DeleteUserPolicy",
        "DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
      ]
    }
    trail-change = {
      what   = "CloudTrail was changed or stopped"
      events = ["CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"]
    }
    security-group-change = {
      what = "A security group changed"
      events = [
        "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateSecurityGroup", "DeleteSecurityGroup",
        "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
      ]
    }
    network-acl-change = {
      what = "A network ACL changed"
      events = [
        "CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry",
        "ReplaceNetworkAclAssociation", "ReplaceNetworkAclEntry",
      ]
    }
    gateway-change = {
      what = "A way in or out of the network changed"
      events = [
        "AttachInternetGateway", "CreateCustomerGateway", "CreateInternetGateway", "DeleteCustomerGateway",
        "DeleteInternetGateway", "DetachInternetGateway",
      ]
    }
    route-change = {
      what = "A route changed"
      events = [
        "CreateRoute", "CreateRouteTable", "DeleteRoute", "DeleteRouteTable", "DisassociateRouteTable", "ReplaceRoute",
        "ReplaceRouteTableAssociation",
      ]
    }
    vpc-change = {
      what = "A VPC or its peering changed"
      events = [
        "AcceptVpcPeeringConnection", "AttachClassicLinkVpc", "CreateVpc", "CreateVpcPeeringConnection", "DeleteVpc",
        "DeleteVpcPeeringConnection", "DetachClassicLinkVpc", "DisableVpcClassicLink", "EnableVpcClassicLink",
        "ModifyVpcAttribute", "RejectVpcPeeringConnection",
      ]
    }
  }

  service_event_lists = {
    key-disabled-or-deleted = {
      what   = "A KMS key was disabled or scheduled for deletion"
      source = "kms.amazonaws.com"
      events = ["DisableKey", "ScheduleKeyDeletion"]
    }
    bucket-policy-change = {
      what   = "Access to a bucket changed"
      source = "s3.amazonaws.com"
      events = [
        "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketPolicy", "DeleteBucketReplication", "PutBucketAcl",
        "PutBucketCors", "PutBucketLifecycle", "PutBucketPolicy", "PutBucketReplication",
      ]
    }
    config-change = {
      what   = "AWS Config was changed or stopped"
      source = "config.amazonaws.com"
      events = ["DeleteDeliveryChannel", "PutConfigurationRecorder", "PutDeliveryChannel", "StopConfigurationRecorder"]
    }
    organization-change = {
      what   = "The organisation changed"
      source = "organizations.amazonaws.com"
      events = [
        "AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy", "DeclineHandshake",
        "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy", "DisablePolicyType",
        "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount",
        "RemoveAccountFromOrganization", "UpdateOrganizationalUnit", "UpdatePolicy",
      ]
    }
  }

  watched = merge(
    {
      root-used = {
        what    = "Somebody used the root user"
        pattern = "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
      }
      unauthorised-call = {
        what    = "A call was refused for missing permission"
        pattern = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
      }
      console-without-mfa = {
        what    = "An IAM user signed in to the console without a second factor"
        pattern = "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }"
      }
      console-sign-in-failed = {
        what    = "Signing in to the console failed"
        pattern = "{ ($.eventName = \"ConsoleLogin\") && ($.errorMessage = \"Failed authentication\") }"
      }
    },
    { for name, list in local.event_lists : name => {
      what    = list.what
      pattern = "{ ${join(" || ", [for event in list.events : "($.eventName = \"${event}\")"])} }"
    } },
    { for name, list in local.service_event_lists : name => {
      what    = list.what
      pattern = "{ ($.eventSource = \"${list.source}\") && (${join(" || ", [for event in list.events : "($.eventName = \"${event}\")"])}) }"
    } },
  )
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.watched

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = each.value.pattern

  metric_transformation {
    name      = each.key
    namespace = local.namespace
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.watched

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.what
  namespace           = local.namespace
  metric_name         = aws_cloudwatch_log_metric_filter.this[each.key].metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic.arn]
}
