"""What reports are made with: templates, styles, and the JSON Schema of the run."""
