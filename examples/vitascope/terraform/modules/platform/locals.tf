locals {
  name = "${var.project}-${var.environment}"

  app_domain_name = "app.${var.dns.zone_name}"
  api_domain_name = "api.${var.dns.zone_name}"

  # Everything the backend reads when it starts is below this path in Parameter Store.
  parameter_path = "/${var.project}/${var.environment}"
}
