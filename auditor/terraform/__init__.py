"""Terraform front end: HCL, plan JSON and state become resources."""
