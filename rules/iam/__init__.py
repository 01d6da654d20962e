"""Identities and what they may do; resource policies."""
