"""Exports, corrections and erasures."""
