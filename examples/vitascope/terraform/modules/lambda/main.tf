# One function. The zip below packages/ is built from src/ by `make package`, the same bytes for the same source, and is
# committed: a plan shows a changed function exactly when the code has changed.

locals {
  package = "${path.module}/packages/${var.package}.zip"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn.logs
}

data "aws_iam_policy_document" "runtime" {
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arn]
  }

  statement {
    sid       = "OwnConfiguration"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn.data]
  }
}

module "role" {
  source = "../service_role"

  name        = var.name
  description = "Function ${var.name}"
  service     = "lambda.amazonaws.com"
  account_id  = var.account_id
  policies    = merge({ runtime = data.aws_iam_policy_document.runtime.json }, var.policies)
  # Network interfaces and trace segments cannot be narrowed to single resources; AWS keeps these two minimal.
  managed_policies = [
    "AWSXRayDaemonWriteAccess",
    "service-role/AWSLambdaVPCAccessExecutionRole",
  ]
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = module.role.arn

  filename         = local.package
  source_code_hash = filebase64sha256(local.package)
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "handler.handle"

  timeout                        = var.timeout
  memory_size                    = var.memory
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn.data

  environment {
    variables = var.environment
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [var.security_group_id]
  }

  dead_letter_config {
    target_arn = var.dead_letter_queue_arn
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  count = var.source_queue == null ? 0 : 1

  event_source_arn = var.source_queue.arn
  function_name    = aws_lambda_function.this.arn
  batch_size       = 10
  # The function names the messages it could not handle; only those come back.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = max(2, var.reserved_concurrency)
  }
}
