"""The one error of this package: a way to a CLI that does not lead there."""


class NotPossible(Exception):
    """One way to a Pulumi CLI is closed; the text says why, in one line."""
