variable "domain_name" {
  description = "Host name the certificate is for."
  type        = string

  validation {
    condition     = !startswith(var.domain_name, "*.")
    error_message = "domain_name must be one host: a wildcard's key would have to be trusted with every host of the zone."
  }
}

variable "zone_id" {
  description = "Public zone in which ACM's validation record is put."
  type        = string
}
