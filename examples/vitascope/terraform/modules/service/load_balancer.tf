module "certificate" {
  source = "../certificate"

  domain_name = var.domain_name
  zone_id     = var.zone_id
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  # CloudFront has to reach it; the security group lets nobody else in.
  internal        = false
  subnets         = var.subnet_ids.public
  security_groups = [var.security_group_ids.load_balancer]

  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.protect
  enable_http2               = true
  idle_timeout               = 60

  access_logs {
    bucket  = var.log_bucket
    prefix  = "alb/access"
    enabled = true
  }

  connection_logs {
    bucket  = var.log_bucket
    prefix  = "alb/connections"
    enabled = true
  }
}

resource "aws_lb_target_group" "this" {
  name_prefix = "vs-api"
  vpc_id      = var.vpc_id
  target_type = "ip"
  # TLS to the task as well: the container makes itself a certificate when it starts, which load balancers accept.
  protocol             = "HTTPS"
  port                 = local.port
  deregistration_delay = 30

  health_check {
    protocol            = "HTTPS"
    path                = "/healthz"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
  certificate_arn   = module.certificate.arn

  # Nothing reaches a task without a session: signing in is the load balancer's job, not the backend's.
  default_action {
    order = 1
    type  = "authenticate-cognito"

    authenticate_cognito {
      user_pool_arn              = var.sign_in.user_pool_arn
      user_pool_client_id        = var.sign_in.client_id
      user_pool_domain           = var.sign_in.domain
      scope                      = "openid email profile"
      session_timeout            = 28800
      on_unauthenticated_request = "authenticate"
    }
  }

  default_action {
    order            = 2
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

# Scripts in the page call the API: they want to be told that the session is over, not to be sent to a sign-in page.
resource "aws_lb_listener_rule" "api" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 10

  condition {
    path_pattern {
      values = ["/api/*"]
    }
  }

  action {
    order = 1
    type  = "authenticate-cognito"

    authenticate_cognito {
      user_pool_arn              = var.sign_in.user_pool_arn
      user_pool_client_id        = var.sign_in.client_id
      user_pool_domain           = var.sign_in.domain
      scope                      = "openid email profile"
      session_timeout            = 28800
      on_unauthenticated_request = "deny"
    }
  }

  action {
    order            = 2
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_wafv2_web_acl_association" "load_balancer" {
  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}
