output "table" {
  description = "Name and ARN of the measurements table."
  value = {
    name = aws_dynamodb_table.measurements.name
    arn  = aws_dynamodb_table.measurements.arn
  }
}
