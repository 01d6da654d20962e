# Conversions, computed and optional attributes, sensitive ones, references between instances.
variable "password" {
  type      = string
  default   = "hunter2hunter2"
  sensitive = true
}
variable "retention" {
  default = "7"
}
resource "aws_db_subnet_group" "g" {
  name       = "g"
  subnet_ids = [for i in range(2) : "subnet-${i}"]
}
resource "aws_db_instance" "db" {
  count                           = 2
  identifier                      = "db-${count.index}"
  engine                          = "postgres"
  instance_class                  = "db.t3.micro"
  allocated_storage               = "20"
  username                        = "root"
  password                        = var.password
  backup_retention_period         = var.retention
  storage_encrypted               = count.index == 0 ? true : null
  db_subnet_group_name            = aws_db_subnet_group.g.name
  enabled_cloudwatch_logs_exports = ["upgrade", "postgresql", "postgresql"]
  skip_final_snapshot             = true
  monitoring_role_arn             = aws_iam_role.m.arn
  monitoring_interval             = 60
  tags                            = { for k in ["a", "b"] : k => upper(k) if k != "b" }
}
resource "aws_iam_role" "m" {
  name_prefix         = "m-"
  assume_role_policy  = jsonencode({ Version = "2012-10-17", Statement = [] })
  managed_policy_arns = formatlist("arn:aws:iam::aws:policy/%s", ["B", "A"])
}
resource "aws_cloudwatch_log_group" "lg" {
  for_each          = toset(aws_db_instance.db[0].enabled_cloudwatch_logs_exports)
  name              = "/rds/${aws_db_instance.db[0].identifier}/${each.value}"
  retention_in_days = 30
  kms_key_id        = one(aws_kms_key.k[*].arn)
}
resource "aws_kms_key" "k" {
  count = var.retention > 5 ? 1 : 0
}
resource "aws_kms_alias" "a" {
  count         = length(aws_kms_key.k)
  name          = "alias/${aws_cloudwatch_log_group.lg["upgrade"].name}"
  target_key_id = aws_kms_key.k[count.index].key_id
}
resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = "s"
  secret_string = jsonencode({ user = aws_db_instance.db[0].username, host = aws_db_instance.db[0].address })
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.m.arn
  filename      = "${path.module}/f.zip"
  handler       = "i.h"
  runtime       = "python3.12"
  layers        = compact(["", "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"])
  environment {
    variables = {
      PORT = 80
      URL  = "https://${aws_db_instance.db[1].endpoint}/"
      NONE = null
    }
  }
}
resource "aws_dynamodb_table" "t" {
  name         = "t"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  dynamic "attribute" {
    for_each = toset(["id", "by"])
    content {
      name = attribute.key
      type = "S"
    }
  }
  global_secondary_index {
    name               = "by"
    hash_key           = "by"
    projection_type    = "INCLUDE"
    non_key_attributes = ["z", "y"]
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.k[0].arn
  }
}
output "db" {
  value     = { for db in aws_db_instance.db : db.identifier => db.password }
  sensitive = true
}
output "ids" {
  value = aws_db_instance.db[*].id
}
output "log_groups" {
  value = keys(aws_cloudwatch_log_group.lg)
}
output "whole" {
  value = aws_db_subnet_group.g
}
