"""Facts kept as data: the provider's schema."""
