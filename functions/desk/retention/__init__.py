"""Retention at the desk."""
