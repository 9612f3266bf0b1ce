"""Monthly reports at the desk."""
