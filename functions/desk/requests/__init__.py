"""Data subject requests at the desk."""
