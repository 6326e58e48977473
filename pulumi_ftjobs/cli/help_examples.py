"""One example of every command: shown at the end of its `--help`, and run by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "ftjobs list --status succeeded --metadata team=a --after 2026-11-01",
        "get": "ftjobs get ftjob-abc123 --json",
        "events": "ftjobs events ftjob-abc123 --limit 20",
        "checkpoints": "ftjobs checkpoints ftjob-abc123",
        "results": "ftjobs results ftjob-abc123 > metrics.csv",
        "watch": "ftjobs watch ftjob-abc123 ftjob-def456",
        "plot": "ftjobs plot ftjob-abc123 --svg loss.svg",
        "cancel": "ftjobs cancel ftjob-abc123",
        "pause": "ftjobs pause ftjob-abc123",
        "resume": "ftjobs resume ftjob-abc123",
        "check": "ftjobs check data.jsonl --validation valid.jsonl --epochs 3",
        "upload": "ftjobs upload data.jsonl",
        "import": "ftjobs import ftjob-abc123 --stack organization/shop/prod",
        "query": 'ftjobs query "SELECT model, count(*) AS jobs FROM jobs GROUP BY 1"',
        "outlook": "ftjobs outlook --stack-config --state",
        "blame": "ftjobs blame ft:gpt-4.1-mini-2025-04-14:acme:support:abc123 --markdown > CARD.md",
        "pin": "ftjobs pin __main__.py --name support",
        "review": "pulumi preview --json | ftjobs review > comment.md",
        "doctor": "ftjobs doctor --stack-config",
        "serve": "ftjobs serve --speed 100",
    }
)
"""Command lines by command."""
