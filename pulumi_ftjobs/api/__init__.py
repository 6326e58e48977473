"""The wire: client, models, errors, retry policy, credentials, the stack index, following jobs."""
