"""What performance is measured with: `make bench`. Ratios of one run, never timed tests."""
