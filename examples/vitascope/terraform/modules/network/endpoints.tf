# AWS APIs without the internet: traffic to them neither pays NAT nor leaves the VPC.

locals {
  gateway_services = toset(["s3", "dynamodb"])

  # What the tasks, the functions and the agents beside them call. ec2 is here for operators' tooling in the VPC.
  interface_services = toset([
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "events",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
    "xray",
  ])

  endpoint_zones = slice(var.network.availability_zones, 0, var.network.endpoint_zones)
}

# Without a policy an endpoint carries requests signed by any account: the way a stolen key's owner would take data out
# from inside. Ours carries our own.
data "aws_iam_policy_document" "own_principals" {
  statement {
    sid       = "OnlyPrincipalsOfThisAccount"
    actions   = ["*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "s3" {
  source_policy_documents = [data.aws_iam_policy_document.own_principals.json]

  # ECR hands out image layers as links into a bucket of its own, signed by an account that is not ours.
  statement {
    sid       = "ImageLayersOfEcr"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::prod-${var.region}-starport-layer-bucket/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceVpc"
      values   = [aws_vpc.this.id]
    }
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_services

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = concat(values(aws_route_table.private)[*].id, [aws_route_table.data.id])
  policy            = each.value == "s3" ? data.aws_iam_policy_document.s3.json : data.aws_iam_policy_document.own_principals.json

  tags = { Name = "${var.name_prefix}-${each.value}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for zone in local.endpoint_zones : aws_subnet.private[zone].id]
  security_group_ids  = [aws_security_group.this["endpoint"].id]
  private_dns_enabled = true
  policy              = data.aws_iam_policy_document.own_principals.json

  tags = { Name = "${var.name_prefix}-${each.value}" }
}
