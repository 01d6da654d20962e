# Queues come in pairs: what fails too often moves to the dead letter queue, is kept for a fortnight and raises an alarm.

locals {
  dead_letter_suffix = "-dlq"

  arns = {
    for name in flatten([for name in keys(var.queues) : [name, "${name}${local.dead_letter_suffix}"]]) :
    name => "arn:aws:sqs:${var.region}:${var.account_id}:${var.name_prefix}-${name}"
  }

  # A rule that cannot deliver puts the event into the dead letter queue itself, so both of a pair take its messages.
  senders = { for name in keys(local.arns) : name => var.queues[trimsuffix(name, local.dead_letter_suffix)].senders }
}

resource "aws_sqs_queue" "main" {
  for_each = var.queues

  name                       = "${var.name_prefix}-${each.key}"
  kms_master_key_id          = var.kms_key_arn
  visibility_timeout_seconds = each.value.visibility_seconds
  message_retention_seconds  = 345600
  receive_wait_time_seconds  = 20

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = each.value.max_receives
  })
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = var.queues

  name                      = "${var.name_prefix}-${each.key}${local.dead_letter_suffix}"
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = 1209600

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arns[each.key]]
  })
}

data "aws_iam_policy_document" "queue" {
  for_each = local.arns

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = length(local.senders[each.key]) > 0 ? [local.senders[each.key]] : []

    content {
      sid       = "RulesSend"
      actions   = ["sqs:SendMessage"]
      resources = [each.value]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = statement.value
      }
    }
  }
}

resource "aws_sqs_queue_policy" "main" {
  for_each = var.queues

  queue_url = aws_sqs_queue.main[each.key].url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_sqs_queue_policy" "dead_letter" {
  for_each = var.queues

  queue_url = aws_sqs_queue.dead_letter[each.key].url
  policy    = data.aws_iam_policy_document.queue["${each.key}${local.dead_letter_suffix}"].json
}
