output "name" {
  description = "Name of the API, as CloudWatch knows it."
  value       = aws_api_gateway_rest_api.this.name
}
