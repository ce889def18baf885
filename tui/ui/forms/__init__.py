"""Forms made from the catalogue's field specifications."""
