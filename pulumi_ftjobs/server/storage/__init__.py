"""Where records and file bytes are kept: one SQLite database and a folder beside it."""
