"""Preferences: the preference centre, one-click unsubscribe, and "may I?" for other back ends."""
