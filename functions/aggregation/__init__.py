"""Daily counts of visits and decisions."""
