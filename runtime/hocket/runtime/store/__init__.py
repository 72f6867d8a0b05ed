"""Storage: SQLite databases, each used by one short unit of work at a time."""
