"""What runs in a terminal: `ftjobs`."""
