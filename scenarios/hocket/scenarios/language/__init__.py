"""The scenario language: its model, its text form, and the checks of what a text means."""
