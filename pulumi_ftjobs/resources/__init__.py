"""What runs in the user's Pulumi program: resource classes, waiting, data sources."""
