resource "aws_sqs_queue" "dead_letter" {
  redrive_allow_policy = null
}
