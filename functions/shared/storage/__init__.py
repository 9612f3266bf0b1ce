"""Where things are kept: one file per record kind."""
