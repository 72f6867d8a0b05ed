"""Reports: what a campaign found, in words, tables and diagrams."""
