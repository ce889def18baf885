"""One descriptor per resource: how to list, show, act and relate. No Textual."""
