"""Use cases that span decisions and stores: thin, one file each."""
