"""The privacy staff's API."""
