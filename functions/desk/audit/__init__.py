"""The audit of the desk."""
