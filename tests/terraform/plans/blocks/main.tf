# Nested blocks of every nesting, static and dynamic, with unknown and null parts.
variable "rules" {
  type = list(object({
    id      = string
    enabled = optional(bool, true)
    prefix  = optional(string)
    moves   = optional(list(object({ days = number, class = string })), [])
    expire  = optional(number)
  }))
  default = [
    { id = "a", moves = [{ days = 30, class = "STANDARD_IA" }, { days = "90", class = "GLACIER" }] },
    { id = "b", enabled = "false", prefix = "logs/", expire = 7 },
  ]
}
variable "ports" {
  default = { web = 80, tls = "443" }
}
resource "aws_s3_bucket" "b" {
  bucket        = "nested-blocks"
  force_destroy = "true"
  tags          = { n = 1, yes = true, s = "x" }
}
resource "aws_s3_bucket_lifecycle_configuration" "l" {
  bucket = aws_s3_bucket.b.id
  dynamic "rule" {
    for_each = var.rules
    iterator = it
    content {
      id     = it.value.id
      status = it.value.enabled ? "Enabled" : "Disabled"
      filter {
        prefix = it.value.prefix
      }
      dynamic "transition" {
        for_each = { for i, m in it.value.moves : format("%02d", i) => m }
        content {
          days          = transition.value.days
          storage_class = transition.value.class
        }
      }
      dynamic "expiration" {
        for_each = it.value.expire[*]
        content {
          days = expiration.value
        }
      }
    }
  }
}
resource "aws_security_group" "inline" {
  name = "inline"
  dynamic "ingress" {
    for_each = var.ports
    content {
      description     = ingress.key
      from_port       = ingress.value
      to_port         = ingress.value
      protocol        = "tcp"
      cidr_blocks     = ["10.0.0.0/8", "0.0.0.0/0"]
      security_groups = toset([aws_security_group.other.id])
    }
  }
  ingress {
    from_port = 22
    to_port   = "22"
    protocol  = "tcp"
    self      = true
  }
  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}
resource "aws_security_group" "other" {
  name_prefix = "other-"
  ingress = [{
    from_port       = 1, to_port = 2, protocol = "udp", self = null, description = null
    cidr_blocks     = ["10.1.0.0/16"], ipv6_cidr_blocks = null, prefix_list_ids = null
    security_groups = null
  }]
  egress = []
}
resource "aws_instance" "i" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    encrypted   = true
    volume_size = "20"
  }
  ebs_block_device {
    device_name = "/dev/sdg"
    volume_size = 5
  }
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 6
    kms_key_id  = aws_kms_key.k.arn
  }
  vpc_security_group_ids = [aws_security_group.other.id, aws_security_group.inline.id]
  user_data              = "echo ${aws_kms_key.k.key_id}"
  lifecycle {
    ignore_changes = [ami, tags["x"], root_block_device[0].volume_size]
  }
}
resource "aws_kms_key" "k" {
  deletion_window_in_days = 10 + 4
  timeouts {}
}
resource "aws_lb" "unknown_list" {
  name    = "u"
  subnets = [aws_subnet.s["a"].id, aws_subnet.s["b"].id]
  dynamic "access_logs" {
    for_each = [aws_s3_bucket.b.id]
    content {
      bucket  = access_logs.value
      enabled = true
    }
  }
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  for_each          = { a = 0, b = 1 }
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, each.value)
  availability_zone = "eu-west-1${each.key}"
}
resource "aws_security_group" "from_unknown" {
  name = "from-unknown"
  dynamic "ingress" {
    for_each = [for id in [aws_vpc.v.default_security_group_id] : id if id != ""]
    content {
      from_port       = 5432
      to_port         = 5432
      protocol        = "tcp"
      security_groups = [ingress.value]
    }
  }
}
resource "aws_security_group" "unknown_count" {
  name = "unknown-count"
  dynamic "egress" {
    for_each = toset([aws_vpc.v.id, aws_vpc.v.main_route_table_id])
    content {
      from_port = 0
      to_port   = 0
      protocol  = egress.value
    }
  }
}
resource "aws_network_acl" "n" {
  vpc_id = aws_vpc.v.id
  dynamic "ingress" {
    for_each = [for i in range(3) : { no = i + 100, cidr = "10.${i}.0.0/16" }]
    content {
      rule_no    = ingress.value.no
      cidr_block = ingress.value.cidr
      protocol   = "tcp"
      action     = "allow"
      from_port  = 0
      to_port    = 65535
    }
  }
}
output "whole_group" {
  value = aws_security_group.inline.egress
}
output "subnet_ids" {
  value = [for k, s in aws_subnet.s : "${k}:${s.cidr_block}:${s.id}"]
}
output "tags" {
  value = aws_s3_bucket.b.tags
}
