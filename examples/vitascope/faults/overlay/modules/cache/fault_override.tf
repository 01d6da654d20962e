resource "aws_elasticache_replication_group" "this" {
  # The old client library spoke no TLS and could not sign in.
  transit_encryption_enabled = false
  transit_encryption_mode    = null
  user_group_ids             = null
}
