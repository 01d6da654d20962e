# Who did what in this account, in every region: files in a bucket that nobody can delete from, a searchable copy in
# CloudWatch, and alarms on what should not happen unseen (alarms.tf).

locals {
  bucket = "${var.name}-audit-${var.account_id}"
  # Composed, not read from the trail: the trail asks for a bucket that lets it write before it exists itself.
  trail_arn = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${var.name}"
}

module "bucket" {
  source = "../bucket"

  name               = local.bucket
  kms_key            = { arn = var.kms_key_arn }
  access_log_bucket  = var.access_log_bucket
  archive_after_days = 90
  expire_after_days  = 2557 # seven years
  lock_days          = var.lock_days
  policy_documents   = [data.aws_iam_policy_document.delivery.json]
}

data "aws_iam_policy_document" "delivery" {
  statement {
    sid       = "TrailAsksForAcl"
    actions   = ["s3:GetBucketAcl"]
    resources = ["arn:aws:s3:::${local.bucket}"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "TrailDelivers"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${local.bucket}/AWSLogs/${var.account_id}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/cloudtrail/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "to_cloudwatch" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
}

module "cloudwatch_role" {
  source = "../service_role"

  name        = "${var.name}-trail"
  description = "CloudTrail copies events to CloudWatch"
  service     = "cloudtrail.amazonaws.com"
  account_id  = var.account_id
  policies    = { deliver = data.aws_iam_policy_document.to_cloudwatch.json }
}

resource "aws_cloudtrail" "this" {
  name           = var.name
  s3_bucket_name = module.bucket.writable_id
  sns_topic_name = var.topic.name
  kms_key_id     = var.kms_key_arn

  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true

  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.this.arn}:*"
  cloud_watch_logs_role_arn  = module.cloudwatch_role.arn

  # Health data lives in objects: every read and write of one is recorded, and every call of a function.
  event_selector {
    read_write_type           = "All"
    include_management_events = true

    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }

    data_resource {
      type   = "AWS::Lambda::Function"
      values = ["arn:aws:lambda"]
    }
  }

  dynamic "insight_selector" {
    for_each = var.insights ? ["ApiCallRateInsight", "ApiErrorRateInsight"] : []

    content {
      insight_type = insight_selector.value
    }
  }
}
