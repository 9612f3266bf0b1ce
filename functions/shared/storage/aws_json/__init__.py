"""AWS's JSON protocol without botocore's clients: for what a request waits for."""
