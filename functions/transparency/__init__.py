"""Makes the ledgers as a whole provable: a log that is only ever extended, and its signed head."""
