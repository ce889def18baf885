"""The descriptors, one module per section, imported on first use."""
