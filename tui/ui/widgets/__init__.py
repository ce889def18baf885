"""Widgets: show frozen views, post messages, do no I/O."""
