"""The record of processing at the desk."""
