"""Reminders of what is due."""
