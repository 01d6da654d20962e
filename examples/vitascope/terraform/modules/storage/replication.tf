# Copies of the content in the recovery region, kept within minutes of the original. They are buckets of the same kind,
# with their own key and their own access log bucket: neither may depend on the region that has just been lost.

locals {
  replica_names = { for purpose, name in local.bucket_names : purpose => "${name}-dr" }

  replicated = var.replicate ? local.content : toset([])
}

module "replica" {
  source   = "../bucket"
  for_each = local.replicated

  providers = { aws = aws.dr }

  name              = local.replica_names[each.key]
  kms_key           = { arn = var.dr_kms_key_arn }
  access_log_bucket = one(module.replica_access_logs[*].writable_id)
  policy_documents  = each.key == "assets" ? [data.aws_iam_policy_document.cdn_reads_assets["replica"].json] : []
}

module "replica_access_logs" {
  source = "../bucket"
  count  = var.replicate ? 1 : 0

  providers = { aws = aws.dr }

  name              = local.replica_names["access-logs"]
  expire_after_days = var.log_retention_days
  policy_documents  = [data.aws_iam_policy_document.access_log_delivery["replica"].json]
}

data "aws_iam_policy_document" "replication" {
  count = var.replicate ? 1 : 0

  statement {
    sid = "ReadSource"
    actions = [
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionTagging",
    ]
    resources = [for bucket in module.content : "${bucket.arn}/*"]
  }

  statement {
    sid       = "ReadSourceConfiguration"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [for bucket in module.content : bucket.arn]
  }

  statement {
    sid       = "WriteReplica"
    actions   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
    resources = [for bucket in module.replica : "${bucket.arn}/*"]
  }

  statement {
    sid       = "DecryptSource"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "EncryptReplica"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.dr_kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.dr_region}.amazonaws.com"]
    }
  }
}

module "replication_role" {
  source = "../service_role"
  count  = var.replicate ? 1 : 0

  name        = "${var.name_prefix}-replication"
  description = "Copies of S3 objects to the recovery region"
  service     = "s3.amazonaws.com"
  account_id  = var.account_id
  policies    = { replicate = one(data.aws_iam_policy_document.replication[*].json) }
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.replicated

  bucket = module.content[each.key].id
  role   = one(module.replication_role[*].arn)

  rule {
    id       = "to-recovery-region"
    status   = "Enabled"
    priority = 0

    filter {}

    # A deletion here must not be a deletion there: the copy is what an accident is undone from.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = module.replica[each.key].arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = var.dr_kms_key_arn
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }

      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }
    }
  }
}
