"""Secrets in code, and how they are kept."""
