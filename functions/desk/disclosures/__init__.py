"""Disclosures at the desk."""
