"""Cupola: a terminal window onto an OpenAI-style platform."""

__version__ = "0.1.0"
