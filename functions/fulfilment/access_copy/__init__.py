"""The copy of their data that somebody asked for: collected, written, handed over."""
