locals {
  # On every resource, through the provider's default_tags.
  tags = {
    Project     = var.project
    Environment = var.environment
    Owner       = var.owner
    CostCenter  = var.cost_center
    ManagedBy   = "terraform"

    # Production shapes with names and contacts replaced before they are loaded.
    DataClass = "pseudonymised"
  }
}
