# Two roles: what ECS needs to start a task, and what the backend may do once it runs. The backend cannot read its own
# start-up parameters or pull images.

data "aws_iam_policy_document" "execution" {
  # The one ECR call that knows no resource: it returns a token, which the next statement decides the use of.
  statement {
    sid       = "RegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    sid = "Pull"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = [var.image.repository_arn]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "StartUpParameters"
    actions   = ["ssm:GetParameters"]
    resources = values(var.parameters)
  }

  statement {
    sid       = "DecryptStartUpParameters"
    actions   = ["kms:Decrypt"]
    resources = [var.parameters_kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["ssm.${var.region}.amazonaws.com"]
    }
  }
}

module "execution_role" {
  source = "../service_role"

  name        = "${var.name}-execution"
  description = "ECS starts tasks of ${var.name}"
  service     = "ecs-tasks.amazonaws.com"
  account_id  = var.account_id
  policies    = { start = data.aws_iam_policy_document.execution.json }
}

module "task_role" {
  source = "../service_role"

  name        = "${var.name}-task"
  description = "The backend of ${var.name} at work"
  service     = "ecs-tasks.amazonaws.com"
  account_id  = var.account_id
  policies    = var.policies
}
