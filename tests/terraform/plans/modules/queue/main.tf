terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
variable "name" {
  type = string
}
variable "fifo" {
  type    = bool
  default = false
}
variable "retention" {
  type    = number
  default = null
}
variable "tags" {
  type    = map(string)
  default = {}
}
data "aws_region" "here" {}
data "aws_partition" "here" {}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${data.aws_partition.here.partition}:sqs:${data.aws_region.here.name}:123456789012:${var.name}"]
    principals {
      type        = "Service"
      identifiers = ["sns.${data.aws_partition.here.dns_suffix}"]
    }
  }
}
resource "aws_sqs_queue" "this" {
  name                      = var.fifo ? "${var.name}.fifo" : var.name
  fifo_queue                = var.fifo
  message_retention_seconds = var.retention
  tags                      = merge(var.tags, { Name = var.name })
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[0].arn
    maxReceiveCount     = 4
  })
}
resource "aws_sqs_queue" "dead" {
  count = var.fifo ? 1 : 1
  name  = "${var.name}-dead"
}
output "arn" {
  value = aws_sqs_queue.this.arn
}
output "url" {
  value = aws_sqs_queue.this.url
}
output "name" {
  value = aws_sqs_queue.this.name
}
output "policy" {
  value = data.aws_iam_policy_document.p.json
}
output "region" {
  value = data.aws_region.here.name
}
