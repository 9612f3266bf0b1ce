"""Security breaches at the desk."""
