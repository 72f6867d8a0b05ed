"""Scenarios for agent runtimes: the language, the catalogue, the invariants and the command."""
