"""What is due: found, removed with its proof, reported."""
