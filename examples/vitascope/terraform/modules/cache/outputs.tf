output "endpoint" {
  description = "Host and port of the primary node."
  value = {
    host = aws_elasticache_replication_group.this.primary_endpoint_address
    port = aws_elasticache_replication_group.this.port
  }
}

output "arns" {
  description = "What elasticache:Connect has to name: the replication group and the backend's user."
  value = {
    replication_group = aws_elasticache_replication_group.this.arn
    user              = aws_elasticache_user.backend.arn
  }
}

output "node_ids" {
  description = "Ids of the nodes, as CloudWatch names them. ElastiCache numbers them from 001."
  value       = [for number in range(1 + var.cache.replicas) : format("%s-%03d", var.name_prefix, number + 1)]
}
