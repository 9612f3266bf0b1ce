"""Legal holds at the desk."""
