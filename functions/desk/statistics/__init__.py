"""Statistics at the desk."""
