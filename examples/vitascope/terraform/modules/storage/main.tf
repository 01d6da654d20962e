# The buckets of the application.
#   assets       what CloudFront serves: built front end and images
#   uploads      what users and devices send in; large files the database only refers to
#   logs         load balancer and CloudFront logs
#   access-logs  S3's own record of who touched the other buckets

locals {
  bucket_names = {
    for purpose in ["assets", "uploads", "logs", "access-logs"] :
    purpose => "${var.name_prefix}-${purpose}-${var.account_id}"
  }

  content = toset(["assets", "uploads"])
}

module "content" {
  source   = "../bucket"
  for_each = local.content

  name              = local.bucket_names[each.key]
  kms_key           = { arn = var.kms_key_arn }
  access_log_bucket = module.access_logs.writable_id
  # Assets are read all the time; uploads hardly after their first month.
  archive_after_days = each.key == "uploads" ? 30 : null
  policy_documents   = each.key == "assets" ? [data.aws_iam_policy_document.cdn_reads_assets["primary"].json] : []
  backup             = true
}

# SSE-S3 for both log buckets: load balancers cannot deliver to a bucket that encrypts with a KMS key, and S3 cannot
# deliver its access logs to one.
module "logs" {
  source = "../bucket"

  name               = local.bucket_names["logs"]
  access_log_bucket  = module.access_logs.writable_id
  archive_after_days = 30
  expire_after_days  = var.log_retention_days
  policy_documents   = [data.aws_iam_policy_document.log_delivery.json]
}

module "access_logs" {
  source = "../bucket"

  name              = local.bucket_names["access-logs"]
  expire_after_days = var.log_retention_days
  policy_documents  = [data.aws_iam_policy_document.access_log_delivery["primary"].json]
}

data "aws_iam_policy_document" "cdn_reads_assets" {
  for_each = { primary = local.bucket_names["assets"], replica = local.replica_names["assets"] }

  statement {
    sid       = "CdnReads"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${each.value}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [var.cdn_distribution_arn]
    }
  }
}

data "aws_iam_policy_document" "log_delivery" {
  statement {
    sid       = "LoadBalancerDelivers"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${local.bucket_names["logs"]}/alb/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:elasticloadbalancing:${var.region}:${var.account_id}:loadbalancer/*"]
    }
  }

  statement {
    sid       = "CdnDelivers"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${local.bucket_names["logs"]}/cdn/*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:logs:us-east-1:${var.account_id}:delivery-source:*"]
    }
  }
}

data "aws_iam_policy_document" "access_log_delivery" {
  for_each = { primary = local.bucket_names["access-logs"], replica = local.replica_names["access-logs"] }

  statement {
    sid       = "S3Delivers"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${each.value}/*"]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}
