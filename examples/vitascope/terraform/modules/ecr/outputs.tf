output "repository" {
  description = "ARN and address of the repository. The address is put together here because it is known before the repository exists."
  value = {
    arn = aws_ecr_repository.this.arn
    url = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${var.name}"
  }
}
