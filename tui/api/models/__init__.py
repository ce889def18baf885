"""Wire models, one module per section; tolerant, imported on first use."""
