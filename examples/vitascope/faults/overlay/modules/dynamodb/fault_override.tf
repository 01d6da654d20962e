resource "aws_dynamodb_table" "measurements" {
  point_in_time_recovery {
    enabled = false
  }

  # Without a key named it is the one that AWS manages.
  server_side_encryption {
    enabled = true
  }
}
