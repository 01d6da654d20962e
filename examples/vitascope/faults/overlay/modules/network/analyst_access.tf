# Added in a hurry for the data team; nobody took it out again.

resource "aws_vpc_security_group_ingress_rule" "analysts" {
  security_group_id = aws_security_group.this["database"].id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "Temporary: analysts at home"
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_ingress_rule" "debugging" {
  security_group_id = aws_security_group.this["service"].id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "Temporary: shell for debugging"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}
