"""Built-in rules, one module per concern. They have no privilege over a user's own."""
