"""AWS services: for each, one module with its resource classes and its live readers."""
