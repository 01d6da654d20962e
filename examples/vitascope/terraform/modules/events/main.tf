# What happens in one part of the system and concerns another. Everything ends in the backend's task queue, so the
# backend has one way in for background work, with one retry rule.
#
# No archive: EventBridge does not offer it on a bus with a customer managed key, and the queue keeps four days anyway.

locals {
  rules = {
    measurement-stored = {
      description = "The processor function has stored a measurement"
      bus         = aws_cloudwatch_event_bus.this.name
      pattern     = jsonencode({ source = ["vitascope.processor"], detail-type = ["MeasurementStored"] })
      schedule    = null
      input       = null
    }
    object-uploaded = {
      description = "A file has arrived in the uploads bucket"
      bus         = "default"
      pattern     = jsonencode({ source = ["aws.s3"], detail-type = ["Object Created"], detail = { bucket = { name = [var.uploads_bucket] } } })
      schedule    = null
      input       = null
    }
    daily-digest = {
      description = "Every day at six in Tokyo: send the digests"
      bus         = "default"
      pattern     = null
      schedule    = "cron(0 21 * * ? *)"
      input       = jsonencode({ task = "daily-digest" })
    }
  }
}

resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name_prefix
  description        = "Events between the parts of Vitascope"
  kms_key_identifier = var.kms_key_arn
}

data "aws_iam_policy_document" "bus" {
  statement {
    sid       = "OwnPublishers"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]

    principals {
      type        = "AWS"
      identifiers = var.publisher_role_arns
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  event_bus_name = aws_cloudwatch_event_bus.this.name
  policy         = data.aws_iam_policy_document.bus.json
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = "${var.name_prefix}-${each.key}"
  description         = each.value.description
  event_bus_name      = each.value.bus
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "tasks" {
  for_each = local.rules

  rule           = aws_cloudwatch_event_rule.this[each.key].name
  event_bus_name = each.value.bus
  target_id      = "tasks"
  arn            = var.target_queue_arn
  input          = each.value.input

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}
