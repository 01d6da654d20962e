"""Exposure: public addresses, routes, subnets, endpoints."""
