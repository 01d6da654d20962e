# All security groups and every rule between them, in one place: who talks to whom is reviewed as one table. Modules that
# make a listener, a task or a database are given their group and cannot widen it.

locals {
  groups = {
    load_balancer = "Load balancer: takes requests that CloudFront forwards"
    service       = "Backend tasks on Fargate"
    function      = "Lambda functions"
    database      = "RDS PostgreSQL, primary and replicas"
    cache         = "ElastiCache"
    endpoint      = "Interface endpoints of AWS services"
  }

  # from => to on a port. Each line makes an egress rule on `from` and an ingress rule on `to`.
  flows = {
    load_balancer_to_service = { from = "load_balancer", to = "service", port = 8443, why = "Requests to the backend over TLS" }
    service_to_database      = { from = "service", to = "database", port = 5432, why = "Queries of the backend" }
    service_to_cache         = { from = "service", to = "cache", port = 6379, why = "Cached reads of the backend" }
    service_to_endpoint      = { from = "service", to = "endpoint", port = 443, why = "AWS APIs called by the backend" }
    function_to_endpoint     = { from = "function", to = "endpoint", port = 443, why = "AWS APIs called by functions" }
  }

  # Ports on which CloudFront's own addresses may reach the load balancer; 80 only answers with a redirect.
  edge_ports = { https = 443, http = 80 }

  # Who may open HTTPS connections to the internet, and what for.
  internet_users = {
    load_balancer = "Token and key endpoints of Cognito"
    service       = "Partner APIs, and S3 and DynamoDB through their gateway endpoints"
    function      = "DynamoDB and S3 through their gateway endpoints"
  }
}

resource "aws_security_group" "this" {
  for_each = local.groups

  name        = "${var.name_prefix}-${replace(each.key, "_", "-")}"
  description = each.value
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-${replace(each.key, "_", "-")}" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  description                  = each.value.why
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  description                  = each.value.why
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# The load balancer is public only in name: CloudFront's origin-facing addresses are the only ones that reach it, so the
# edge's web ACL and country rule cannot be walked around.
resource "aws_vpc_security_group_ingress_rule" "edge" {
  for_each = local.edge_ports

  security_group_id = aws_security_group.this["load_balancer"].id
  prefix_list_id    = var.network.cloudfront_prefix_list_id
  description       = "CloudFront origin-facing addresses, ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each = local.internet_users

  security_group_id = aws_security_group.this[each.key].id
  cidr_ipv4         = "0.0.0.0/0"
  description       = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
