# What the backend service is told when it starts, and what it may do in AWS.

locals {
  # A database user with rds_iam granted, made by the first migration; it owns nothing.
  database_user = "vitascope_app"

  # Addresses that are known only once something exists go through Parameter Store: the task definition names them, and a
  # replaced database does not have to replace it.
  parameters = {
    DATABASE_HOST      = { path = "database/host", value = module.database.primary.host }
    DATABASE_READ_HOST = { path = "database/read-host", value = module.database.read_host }
    CACHE_HOST         = { path = "cache/host", value = module.cache.endpoint.host }
    UPLOADS_BUCKET     = { path = "storage/uploads", value = module.storage.buckets["uploads"].name }
    INGEST_QUEUE_URL   = { path = "queues/ingest", value = module.queues.queues["ingest"].url }
    TASKS_QUEUE_URL    = { path = "queues/tasks", value = module.queues.queues["tasks"].url }
    TABLE_NAME         = { path = "dynamodb/measurements", value = module.dynamodb.table.name }
  }

  parameter_arns = {
    for name, parameter in local.parameters :
    name => "arn:aws:ssm:${var.region}:${var.account_id}:parameter${local.parameter_path}/${parameter.path}"
  }
}

resource "aws_ssm_parameter" "backend" {
  for_each = local.parameters

  name        = "${local.parameter_path}/${each.value.path}"
  description = "${each.key} of the backend"
  type        = "SecureString"
  key_id      = module.kms.arns.data
  value       = each.value.value
}

data "aws_iam_policy_document" "backend" {
  statement {
    sid       = "SignInToDatabase"
    actions   = ["rds-db:connect"]
    resources = ["arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${module.database.primary.resource_id}/${local.database_user}"]
  }

  statement {
    sid       = "SignInToCache"
    actions   = ["elasticache:Connect"]
    resources = [module.cache.arns.replication_group, module.cache.arns.user]
  }

  statement {
    sid       = "UploadsContent"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${module.storage.buckets["uploads"].arn}/*"]
  }

  statement {
    sid       = "UploadsList"
    actions   = ["s3:ListBucket"]
    resources = [module.storage.buckets["uploads"].arn]
  }

  statement {
    sid       = "SendMeasurements"
    actions   = ["sqs:SendMessage"]
    resources = [module.queues.queues["ingest"].arn]
  }

  statement {
    sid       = "TakeTasks"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [module.queues.queues["tasks"].arn]
  }

  statement {
    sid       = "ReadMeasurements"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [module.dynamodb.table.arn]
  }

  statement {
    sid       = "Announce"
    actions   = ["events:PutEvents"]
    resources = [module.events.bus.arn]
  }

  statement {
    sid       = "UseKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [module.kms.arns.data, module.kms.arns.messaging]
  }
}
