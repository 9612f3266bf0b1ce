"""Imports at the desk."""
