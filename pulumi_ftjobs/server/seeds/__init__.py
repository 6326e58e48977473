"""Objects that a server starts with, read from a JSON file."""
