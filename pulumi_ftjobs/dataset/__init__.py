"""Local training data: formats, row rules, digests, token counts. No network."""
