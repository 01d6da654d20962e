locals {
  # On every resource, through the provider's default_tags.
  tags = {
    Project     = var.project
    Environment = var.environment
    Owner       = var.owner
    CostCenter  = var.cost_center
    ManagedBy   = "terraform"

    # Health data of real people: the act on the protection of personal information applies.
    DataClass = "personal"
  }
}
