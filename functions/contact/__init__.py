"""Forms: contact messages, newsletter sign-ups, account applications, and their confirmation."""
