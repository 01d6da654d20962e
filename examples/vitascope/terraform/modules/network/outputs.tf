output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Subnets with a way in from the internet gateway, one a zone."
  value       = [for zone in var.network.availability_zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Subnets that reach the internet through NAT only, one a zone."
  value       = [for zone in var.network.availability_zones : aws_subnet.private[zone].id]
}

output "data_subnet_ids" {
  description = "Subnets without any way out of the VPC, one a zone."
  value       = [for zone in var.network.availability_zones : aws_subnet.data[zone].id]
}

output "security_group_ids" {
  description = "Security group id by role: load_balancer, service, function, database, cache, endpoint."
  value       = { for role, group in aws_security_group.this : role => group.id }
}
