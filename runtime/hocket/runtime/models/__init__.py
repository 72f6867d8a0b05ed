"""Models: what the runtime asks of one, and one that follows a script."""
