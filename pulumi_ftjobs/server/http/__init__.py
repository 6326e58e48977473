"""Routes, authentication, vocabularies, the request log and the status page."""
