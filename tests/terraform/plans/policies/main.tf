# Policy documents in all their forms, known and waiting.
variable "actions" {
  type    = list(string)
  default = ["s3:GetObject", "s3:PutObject"]
}
resource "aws_s3_bucket" "b" {
  bucket_prefix = "policies-"
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  dynamic "inline_policy" {
    for_each = { one = "s3:*", two = "ec2:*" }
    content {
      name = inline_policy.key
      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    }
    dynamic "condition" {
      for_each = { "aws:SourceAccount" = ["1", "2"], "aws:PrincipalOrgID" = ["o-1"] }
      content {
        test     = "StringEquals"
        variable = condition.key
        values   = condition.value
      }
    }
  }
}
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Base"
    actions   = var.actions
    resources = ["arn:aws:s3:::known/*", "arn:aws:s3:::known"]
  }
  statement {
    effect        = "Deny"
    not_actions   = ["iam:*"]
    not_resources = ["arn:aws:iam::123456789012:role/&{aws:username}"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
    principals {
      type        = "AWS"
      identifiers = ["b", "c"]
    }
    principals {
      type        = "AWS"
      identifiers = ["a"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [false]
    }
    condition {
      test     = "StringLike"
      variable = "a"
      values   = ["z", "y"]
    }
    condition {
      test     = "StringLike"
      variable = "a"
      values   = ["x"]
    }
  }
  statement {
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    actions = ["<&>"]
  }
}
data "aws_iam_policy_document" "merged" {
  source_policy_documents = [
    data.aws_iam_policy_document.base.json,
    jsonencode({
      Version = "2012-10-17"
      Id      = "from-json"
      Statement = [
        { Sid = "J", Effect = "Allow", Action = "x:y", Resource = ["b", "a"], Principal = { Service = ["t", "s"], AWS = "*" } },
        { Effect = "Allow", Action = ["q", "p"], Resource = "*", Principal = "*", Condition = { Bool = { b = true } } },
      ]
    }),
  ]
  override_policy_documents = [data.aws_iam_policy_document.over.json]
  statement {
    sid       = "Own"
    actions   = ["own:a"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "over" {
  policy_id = "over"
  statement {
    sid       = "Base"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "waiting" {
  statement {
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
  }
}
data "aws_iam_policy_document" "ordered" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["*"]
  }
  depends_on = [aws_iam_role.r]
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.bucket
  policy = data.aws_iam_policy_document.waiting.json
}
resource "aws_iam_policy" "merged" {
  name   = "merged"
  policy = data.aws_iam_policy_document.merged.json
}
resource "aws_iam_policy" "ordered" {
  name   = "ordered"
  policy = data.aws_iam_policy_document.ordered.json
}
resource "aws_iam_role_policy" "heredoc" {
  role   = aws_iam_role.r.id
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.b.arn}/*"}
      ]
    }
  EOT
}
output "merged" {
  value = data.aws_iam_policy_document.merged.json
}
output "minified" {
  value = data.aws_iam_policy_document.base.minified_json
}
output "waiting_version" {
  value = [data.aws_iam_policy_document.waiting.version, data.aws_iam_policy_document.ordered.policy_id]
}
