"""Uploaded files: parsed as they arrive, checked row by row, kept with their digests."""
