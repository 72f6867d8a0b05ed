"""The writers of reports: one file for each format, all from the same rows."""
