"""What check, create, read, update and delete of each resource do, on plain data."""
