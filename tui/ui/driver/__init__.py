"""The terminal driver: Textual's, with an input that no byte and no lost terminal can break."""
