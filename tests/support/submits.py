"""A stack's submitter over a client, and a declaration to submit."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.stack_index import StackIndex
from pulumi_ftjobs.api.submission import JobRequest, Submission
from pulumi_ftjobs.api.submit import Submitter
from pulumi_ftjobs.lifecycle.identity import declaration
from tests.support.rows import MODEL, upload


class Stack:
    """What one stack's provider process does with one resource's declarations."""

    def __init__(self, client: Client, name: str = "v1:o/p/dev", resource: str = "support") -> None:
        self.client = client
        self.name = name
        self.urn = f"urn:pulumi:dev::p::pulumi-python:dynamic/ftjobs:FineTuningJob::{resource}"
        self.props: dict[str, Any] = {"model": MODEL, "training_file": upload(client)}
        self.fresh_process()

    def fresh_process(self) -> None:
        """As in a later command: nothing is remembered."""
        self.index = StackIndex(self.client, self.name)
        self.said: list[str] = []
        self.submitter = Submitter(
            self.client, self.index, self.name, lambda _urn, text: self.said.append(text)
        )

    def declaration(self, **changes: Any) -> str:
        """The declaration pair of the resource's props."""
        return declaration({**self.props, **changes}, self.urn)

    def request(self, **changes: Any) -> JobRequest:
        """The resource's props with these changes, as a request."""
        return JobRequest({**self.props, **changes}, self.urn)

    def submit(self, **changes: Any) -> Submission:
        """Submit the declaration with these changes."""
        return self.submitter.submit(self.request(**changes))
