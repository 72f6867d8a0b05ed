"""A client for the terminal, and what any client in Python needs to reach a server."""
