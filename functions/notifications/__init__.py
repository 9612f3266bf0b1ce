"""Notifications: what follows a stored record: mails and domain events, each once."""
