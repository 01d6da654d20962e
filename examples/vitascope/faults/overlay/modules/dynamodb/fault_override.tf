resource "aws_dynamodb_table" "measurements" {
  point_in_time_recovery {
    enabled = false
  }
}
