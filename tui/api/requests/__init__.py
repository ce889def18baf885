"""Request models, one module per section; strict and documented, since forms come from them."""
