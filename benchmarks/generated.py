"""Terraform of any size, for benchmarks: `write_tree(folder, resources, files)`."""

from __future__ import annotations

from pathlib import Path

_BUCKET = """
resource "aws_s3_bucket" "b{n}" {{
  bucket = "${{var.prefix}}-{n}"
  tags   = merge(local.tags, {{ number = "{n}" }})
}}

resource "aws_s3_bucket_versioning" "b{n}" {{
  bucket = aws_s3_bucket.b{n}.id
  versioning_configuration {{
    status = {n} % 2 == 0 ? "Enabled" : "Suspended"
  }}
}}

resource "aws_security_group" "g{n}" {{
  name   = format("%s-%04d", var.prefix, {n})
  vpc_id = var.vpc_id

  dynamic "ingress" {{
    for_each = toset(local.ports)
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [cidrsubnet("10.0.0.0/8", 16, {n})]
    }}
  }}
}}

resource "aws_iam_policy" "p{n}" {{
  name = "${{var.prefix}}-{n}"
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = "${{aws_s3_bucket.b{n}.arn}}/*"
    }}]
  }})
}}

resource "aws_db_instance" "d{n}" {{
  identifier          = "${{var.prefix}}-{n}"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  storage_encrypted   = true
  publicly_accessible = {n} % 7 == 0
}}
"""

_SHARED = """
variable "prefix" {
  type    = string
  default = "load"
}

variable "vpc_id" {
  type = string
}

locals {
  ports = ["443", "8443"]
  tags  = { team = "platform", prefix = var.prefix }
}
"""


def write_tree(folder: Path, resources: int, files: int) -> None:
    """Writes a root module with about so many resources, spread evenly over so many files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shared.tf").write_text(_SHARED, encoding="utf-8")
    groups = resources // 5
    for file in range(files):
        numbers = range(file * groups // files, (file + 1) * groups // files)
        text = "".join(_BUCKET.format(n=n) for n in numbers)
        (folder / f"part_{file:04d}.tf").write_text(text, encoding="utf-8")
