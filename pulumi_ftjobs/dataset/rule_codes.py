"""Every rule has a short code that never changes its meaning; docs/data.md explains each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pulumi_ftjobs.lifecycle.diagnostics import Severity

SEVERITY: Mapping[str, Severity] = MappingProxyType(
    {
        "FT107": "error",  # byte order mark (by target)
        "FT109": "warning",  # no byte order mark (Azure)
        "FT110": "error",  # not JSON
        "FT111": "error",  # not an object
        "FT112": "error",  # not UTF-8
        "FT113": "warning",  # blank line between rows
        "FT114": "warning",  # too long to be checked
        "FT115": "error",  # too many errors to go on
        "FT120": "error",  # no known format
        "FT121": "error",  # another format than the file's
        "FT122": "error",  # format does not fit the method
        "FT123": "error",  # too few rows
        "FT124": "error",  # too many rows
        "FT130": "error",  # messages missing, empty or no list
        "FT131": "error",  # a message is no object
        "FT132": "error",  # role missing or unknown
        "FT133": "error",  # content missing or of a wrong type
        "FT134": "warning",  # empty content
        "FT135": "error",  # no assistant message
        "FT136": "error",  # weight
        "FT137": "error",  # every assistant message has weight 0
        "FT138": "warning",  # unknown key
        "FT139": "error",  # tool calls and answers do not pair
        "FT140": "error",  # malformed tools
        "FT141": "warning",  # tool that is not declared
        "FT142": "error",  # content part of a wrong kind
        "FT150": "error",  # input of a preference row
        "FT151": "error",  # outputs of a preference row
        "FT152": "warning",  # equal outputs
        "FT160": "error",  # reinforcement row does not end with a user message
        "FT170": "error",  # prompt or completion is no text
        "FT180": "warning",  # longer than the training context
        "FT181": "warning",  # duplicate row
        "FT182": "warning",  # row in both files
        "FT183": "warning",  # too many tokens in all
    }
)
