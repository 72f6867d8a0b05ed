"""Storage: one SQLite connection, used by one short unit of work at a time."""
