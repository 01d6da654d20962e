# Measurements as the processor function has analysed them: one item a measurement, found by subject and time.

resource "aws_dynamodb_table" "measurements" {
  name         = "${var.name_prefix}-measurements"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "subject_id"
  range_key    = "measured_at"

  deletion_protection_enabled = var.protect

  # Replicas are fed from the stream.
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "subject_id"
    type = "S"
  }

  attribute {
    name = "measured_at"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  dynamic "replica" {
    for_each = var.replicas

    content {
      region_name            = replica.key
      kms_key_arn            = replica.value
      point_in_time_recovery = true
      propagate_tags         = true
    }
  }

  tags = { Backup = "daily" }
}
