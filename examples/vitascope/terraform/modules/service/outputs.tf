output "load_balancer" {
  description = "DNS name, and the parts of the ARNs CloudWatch names load balancer and target group by."
  value = {
    dns_name                = aws_lb.this.dns_name
    arn_suffix              = aws_lb.this.arn_suffix
    target_group_arn_suffix = aws_lb_target_group.this.arn_suffix
  }
}

output "ecs" {
  description = "Names of cluster and service."
  value = {
    cluster = aws_ecs_cluster.this.name
    service = aws_ecs_service.this.name
  }
}

output "task_role_arn" {
  description = "Role the backend runs as."
  value       = module.task_role.arn
}
