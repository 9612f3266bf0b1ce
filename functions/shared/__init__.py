"""What every function shares: what things mean, where they are kept, how they arrive."""
