resource "aws_elasticache_parameter_group" "this" {
  count = 0
}

resource "aws_elasticache_user_group" "this" {
  count = 0
}

# Created, but the provider does not find its nodes and fails; with it would fail all that waits for its address.
resource "aws_elasticache_replication_group" "this" {
  count = 0

  parameter_group_name = null
  user_group_ids       = null
}

output "endpoint" {
  value = {
    host = "cache.invalid"
    port = 6379
  }
}

output "arns" {
  value = {
    replication_group = "arn:aws:elasticache:*:*:replicationgroup:${var.name_prefix}"
    user              = aws_elasticache_user.backend.arn
  }
}
