"""The one error of this package: a way to a CLI that does not lead there."""


class NotPossible(Exception):  # noqa: N818 - a reason, not a defect: the next way is tried
    """One way to a Pulumi CLI is closed; the text says why, in one line."""
