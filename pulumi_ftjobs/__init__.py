"""Fine-tuning jobs as infrastructure: a Pulumi provider."""
