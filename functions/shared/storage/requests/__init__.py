"""Data subject requests as they are kept: heads, timelines, what lies beside them."""
