resource "aws_cloudwatch_log_group" "flow" {
  name              = "/aws/vpc/${var.name_prefix}/flow"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

data "aws_iam_policy_document" "flow_log_delivery" {
  statement {
    actions = [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]
    resources = ["${aws_cloudwatch_log_group.flow.arn}:*"]
  }
}

module "flow_log_role" {
  source = "../service_role"

  name        = "${var.name_prefix}-flow-logs"
  description = "Delivery of VPC flow logs"
  service     = "vpc-flow-logs.amazonaws.com"
  account_id  = var.account_id
  policies    = { deliver = data.aws_iam_policy_document.flow_log_delivery.json }
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = module.flow_log_role.arn
  max_aggregation_interval = 60

  tags = { Name = var.name_prefix }
}
