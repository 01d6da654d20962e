locals {
  # On every resource, through the provider's default_tags.
  tags = {
    Project     = var.project
    Environment = var.environment
    Owner       = var.owner
    CostCenter  = var.cost_center
    ManagedBy   = "terraform"

    # Generated records only: no copy of production data enters this account.
    DataClass = "synthetic"
  }
}
