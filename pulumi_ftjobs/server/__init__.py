"""The embedded API behind `ftjobs serve`. Shares no code with the rest of the package: a second implementation."""
