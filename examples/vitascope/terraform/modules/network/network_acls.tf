# The second fence, stateless and coarse: security groups say who may talk to whom, these say what may enter a tier at
# all. Rules are data, because a rule set is read as a table.

locals {
  anywhere = "0.0.0.0/0"

  acl_subnets = {
    public  = [for zone in keys(local.zones) : aws_subnet.public[zone].id]
    private = [for zone in keys(local.zones) : aws_subnet.private[zone].id]
    data    = [for zone in keys(local.zones) : aws_subnet.data[zone].id]
  }

  # Answers to connections made from inside come back to ephemeral ports. The range covers RDP (3389), which therefore is
  # refused by a rule before it.
  acl_answers = {
    "100" = { action = "deny", protocol = "tcp", from = 3389, to = 3389, cidr = local.anywhere }
    "110" = { action = "allow", protocol = "tcp", from = 1024, to = 65535, cidr = local.anywhere }
  }

  acl_inside = {
    "90" = { action = "allow", protocol = "-1", from = 0, to = 0, cidr = var.network.cidr }
  }

  acl_web = {
    "120" = { action = "allow", protocol = "tcp", from = 80, to = 80, cidr = local.anywhere }
    "130" = { action = "allow", protocol = "tcp", from = 443, to = 443, cidr = local.anywhere }
  }

  acl_rules = {
    public  = { in = merge(local.acl_inside, local.acl_answers, local.acl_web), out = merge(local.acl_inside, local.acl_answers, local.acl_web) }
    private = { in = merge(local.acl_inside, local.acl_answers), out = merge(local.acl_inside, local.acl_web) }
    data    = { in = local.acl_inside, out = local.acl_inside }
  }

  acl_entries = merge([
    for tier, directions in local.acl_rules : merge([
      for direction, rules in directions : {
        for number, rule in rules : "${tier}-${direction}-${number}" => merge(rule, {
          tier   = tier
          egress = direction == "out"
          number = tonumber(number)
        })
      }
    ]...)
  ]...)
}

resource "aws_network_acl" "tier" {
  for_each = local.acl_subnets

  vpc_id     = aws_vpc.this.id
  subnet_ids = each.value

  tags = { Name = "${var.name_prefix}-${each.key}", Tier = each.key }
}

resource "aws_network_acl_rule" "this" {
  for_each = local.acl_entries

  network_acl_id = aws_network_acl.tier[each.value.tier].id
  rule_number    = each.value.number
  egress         = each.value.egress
  rule_action    = each.value.action
  protocol       = each.value.protocol
  from_port      = each.value.from
  to_port        = each.value.to
  cidr_block     = each.value.cidr
}
