"""Infrastructure compliance and drift for Terraform on AWS: one rule set over code and account."""

__version__ = "0.1.0"
