# Customer managed keys, by purpose. A service is named here only where it uses a key in its own name; services that act
# for a caller (S3, RDS, DynamoDB, Lambda) use the caller's permission.

locals {
  own_account = { StringEquals = { "aws:SourceAccount" = [var.account_id] } }

  publishers = {
    Alarms             = "cloudwatch.amazonaws.com"
    BackupEvents       = "backup.amazonaws.com"
    CacheEvents        = "elasticache.amazonaws.com"
    DatabaseEvents     = "events.rds.amazonaws.com"
    EventRules         = "events.amazonaws.com"
    TrailNotifications = "cloudtrail.amazonaws.com"
  }

  # Log groups of one region may use the key for events of groups of this account only.
  log_group_grant = {
    for region in [var.region, "us-east-1"] : region => {
      LogGroups = {
        principal  = "logs.${region}.amazonaws.com"
        actions    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        conditions = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = ["arn:aws:logs:${region}:${var.account_id}:log-group:*"] } }
      }
    }
  }
}

module "kms" {
  source = "../kms"

  name_prefix = local.name
  account_id  = var.account_id

  keys = {
    data = {
      description = "Data at rest: database, table, content buckets, cache, images, parameters"
      services = {
        CdnReadsAssets = {
          principal  = "cloudfront.amazonaws.com"
          actions    = ["kms:Decrypt"]
          conditions = { ArnLike = { "aws:SourceArn" = ["arn:aws:cloudfront::${var.account_id}:distribution/*"] } }
        }
      }
    }
    messaging = {
      description = "Messages in flight: queues, event bus, notifications"
      services = {
        for sid, principal in local.publishers : sid => {
          principal  = principal
          actions    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]
          conditions = local.own_account
        }
      }
    }
    logs = {
      description = "Log groups and the audit trail"
      services = merge(local.log_group_grant[var.region], {
        Trail = {
          principal  = "cloudtrail.amazonaws.com"
          actions    = ["kms:DescribeKey", "kms:GenerateDataKey*"]
          conditions = { StringEquals = { "aws:SourceArn" = ["arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${local.name}"] } }
        }
      })
    }
    backup = {
      description = "Recovery points"
    }
  }
}

# What CloudFront needs lives in us-east-1, its log group included.
module "kms_us_east_1" {
  source    = "../kms"
  providers = { aws = aws.us_east_1 }

  name_prefix = local.name
  account_id  = var.account_id
  keys        = { logs = { description = "Log of the edge's web ACL", services = local.log_group_grant["us-east-1"] } }
}

# Copies must be readable when the first region is gone: they have keys of their own.
module "kms_dr" {
  source    = "../kms"
  count     = var.disaster_recovery ? 1 : 0
  providers = { aws = aws.dr }

  name_prefix = "${local.name}-dr"
  account_id  = var.account_id

  keys = {
    data = {
      description = "Replicas: table, content buckets, database backups"
      services = {
        CdnReadsAssets = {
          principal  = "cloudfront.amazonaws.com"
          actions    = ["kms:Decrypt"]
          conditions = { ArnLike = { "aws:SourceArn" = ["arn:aws:cloudfront::${var.account_id}:distribution/*"] } }
        }
      }
    }
    backup = {
      description = "Copied recovery points"
    }
  }
}

locals {
  dr_keys = one(module.kms_dr[*].arns)
}
