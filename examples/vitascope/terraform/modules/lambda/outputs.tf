output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "ARN under which API Gateway calls the function."
  value       = aws_lambda_function.this.invoke_arn
}

output "role_arn" {
  description = "Role the function runs as."
  value       = module.role.arn
}
