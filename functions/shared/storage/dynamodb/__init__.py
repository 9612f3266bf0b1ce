"""DynamoDB itself: calls with their faults named, and its typed values."""
