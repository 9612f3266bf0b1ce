"""People at the desk: what is held, corrections, preferences by letter or call."""
