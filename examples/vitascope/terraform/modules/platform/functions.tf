# The two functions, and what each may do.

locals {
  processor_timeout = 30
  function_keys     = { data = module.kms.arns.data, logs = module.kms.arns.logs }
}

module "processor" {
  source = "../lambda"

  name                  = "${local.name}-processor"
  description           = "Stores measurements from the ingest queue and announces them"
  package               = "processor"
  timeout               = local.processor_timeout
  environment           = { TABLE_NAME = module.dynamodb.table.name, EVENT_BUS_NAME = module.events.bus.name, LOG_LEVEL = var.functions.log_level }
  policies              = { data = data.aws_iam_policy_document.processor.json }
  source_queue          = { arn = module.queues.queues["ingest"].arn }
  dead_letter_queue_arn = module.queues.dead_letter_queues["ingest"].arn

  account_id           = var.account_id
  subnet_ids           = module.network.private_subnet_ids
  security_group_id    = module.network.security_group_ids["function"]
  reserved_concurrency = var.functions.reserved_concurrency
  log_retention_days   = var.log_retention_days
  kms_key_arn          = local.function_keys
}

module "query" {
  source = "../lambda"

  name                  = "${local.name}-query"
  description           = "Answers the device API's reads"
  package               = "query"
  timeout               = 10
  environment           = { TABLE_NAME = module.dynamodb.table.name, LOG_LEVEL = var.functions.log_level }
  policies              = { data = data.aws_iam_policy_document.query.json }
  dead_letter_queue_arn = module.queues.dead_letter_queues["ingest"].arn

  account_id           = var.account_id
  subnet_ids           = module.network.private_subnet_ids
  security_group_id    = module.network.security_group_ids["function"]
  reserved_concurrency = var.functions.reserved_concurrency
  log_retention_days   = var.log_retention_days
  kms_key_arn          = local.function_keys
}

data "aws_iam_policy_document" "processor" {
  statement {
    sid       = "TakeMessages"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [module.queues.queues["ingest"].arn]
  }

  statement {
    sid       = "StoreMeasurements"
    actions   = ["dynamodb:PutItem"]
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

data "aws_iam_policy_document" "query" {
  statement {
    sid       = "ReadMeasurements"
    actions   = ["dynamodb:Query"]
    resources = [module.dynamodb.table.arn]
  }

  # The dead letter queue of a failed run; reading the table is covered by the runtime's key permission.
  statement {
    sid       = "UseKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [module.kms.arns.messaging]
  }
}
