output "instance_ids" {
  description = "Identifiers of the primary and its replicas, as CloudWatch names them. Known before they exist."
  value       = local.instances
}

output "primary" {
  description = "ARN, resource id (named in rds-db:connect), host and port of the primary."
  value = {
    arn         = aws_db_instance.this.arn
    resource_id = aws_db_instance.this.resource_id
    host        = aws_db_instance.this.address
    port        = aws_db_instance.this.port
  }
}

output "read_host" {
  description = "Host for reads that may lag a little: a replica where there is one, else the primary."
  value       = try(aws_db_instance.replica[0].address, aws_db_instance.this.address)
}
