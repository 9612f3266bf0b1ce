"""Everything that can break between two calls breaks here, and has to end the same."""
