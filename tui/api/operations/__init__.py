"""The operations, one module per section: frozen values, no functions."""
