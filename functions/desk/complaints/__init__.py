"""Complaints about how data is used, at the desk."""
