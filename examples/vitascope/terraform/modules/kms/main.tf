# One customer managed key per purpose. A key that leaks or has to be revoked then takes down one kind of data, and
# CloudTrail tells which kind was read.

data "aws_iam_policy_document" "key" {
  for_each = var.keys

  # Without this statement the key could be used by nobody, the administrators included: it hands the decision to the
  # account's IAM policies, which is what lets the roles of this stack be granted single keys.
  statement {
    sid       = "AccountDecidesThroughIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = each.value.services

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value.principal]
      }

      dynamic "condition" {
        for_each = merge([
          for operator, contexts in statement.value.conditions : {
            for context, values in contexts : "${operator} ${context}" => {
              operator = operator
              context  = context
              values   = values
            }
          }
        ]...)

        content {
          test     = condition.value.operator
          variable = condition.value.context
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = each.value.description
  policy                  = data.aws_iam_policy_document.key[each.key].json
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "this" {
  for_each = var.keys

  name          = "alias/${var.name_prefix}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
