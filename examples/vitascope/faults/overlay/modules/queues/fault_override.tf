resource "aws_sqs_queue" "main" {
  # A producer without permission for the key was let in this way.
  kms_master_key_id       = null
  sqs_managed_sse_enabled = each.key != "ingest"
}
