# The VPC and its subnets: public (load balancer, NAT), private (tasks, functions, endpoints), data (database, cache).

locals {
  zones = { for index, zone in var.network.availability_zones : zone => index }

  # Cut from the /16: /24 for public and data, /20 for private, where every Fargate task and every concurrent function
  # takes an address. Public .0-.2, data .8-.10, private from .16 on; the rest is free for a fourth zone.
  public_cidrs  = { for zone, index in local.zones : zone => cidrsubnet(var.network.cidr, 8, index) }
  data_cidrs    = { for zone, index in local.zones : zone => cidrsubnet(var.network.cidr, 8, 8 + index) }
  private_cidrs = { for zone, index in local.zones : zone => cidrsubnet(var.network.cidr, 4, 1 + index) }
}

resource "aws_vpc" "this" {
  cidr_block           = var.network.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name_prefix }
}

# Left empty on purpose: what forgets to name its group must reach nothing and be reached by nothing.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-default-closed" }
}

resource "aws_default_network_acl" "closed" {
  default_network_acl_id = aws_vpc.this.default_network_acl_id

  tags = { Name = "${var.name_prefix}-default-closed" }
}

resource "aws_default_route_table" "unused" {
  default_route_table_id = aws_vpc.this.default_route_table_id
  route                  = []

  tags = { Name = "${var.name_prefix}-default-unused" }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = local.public_cidrs[each.key]
  map_public_ip_on_launch = false

  tags = { Name = "${var.name_prefix}-public-${each.key}", Tier = "public" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = local.private_cidrs[each.key]
  map_public_ip_on_launch = false

  tags = { Name = "${var.name_prefix}-private-${each.key}", Tier = "private" }
}

resource "aws_subnet" "data" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = local.data_cidrs[each.key]
  map_public_ip_on_launch = false

  tags = { Name = "${var.name_prefix}-data-${each.key}", Tier = "data" }
}

# Whatever route or group somebody adds by mistake: nothing reaches the VPC from the internet, except the public
# subnets excluded below, where the load balancer lives. An account has one such setting per region.
resource "aws_vpc_block_public_access_options" "this" {
  internet_gateway_block_mode = "block-ingress"
}

resource "aws_vpc_block_public_access_exclusion" "public" {
  for_each = local.zones

  subnet_id                       = aws_subnet.public[each.key].id
  internet_gateway_exclusion_mode = "allow-bidirectional"

  tags = { Name = "${var.name_prefix}-public-${each.key}" }
}
