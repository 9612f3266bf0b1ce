"""Data subject requests, as people make and follow them."""
