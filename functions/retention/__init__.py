"""Deletes what is due."""
