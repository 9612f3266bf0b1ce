"""Erasing somebody: plan, execution, certificate."""
