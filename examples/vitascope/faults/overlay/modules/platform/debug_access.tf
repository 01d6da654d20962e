# "Works on my machine": permissions widened until the error went away.

resource "aws_iam_role_policy" "debug" {
  name = "debug"
  role = "${local.name}-task"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      }
    ]
  })

  depends_on = [module.service]
}
