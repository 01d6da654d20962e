resource "aws_dynamodb_table" "measurements" {
  dynamic "replica" {
    for_each = {}

    content {
      region_name = replica.key
    }
  }
}
