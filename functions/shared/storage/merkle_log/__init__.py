"""The Merkle log over all ledgers: its state, its pages of entries, its nodes and its heads."""
