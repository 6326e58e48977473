"""Messages of the shared operations, with property names as this plugin's users write them."""

from __future__ import annotations

import re
from typing import Final

from pulumi_ftjobs.lifecycle.property_names import camel
from pulumi_ftjobs.native.schema import RESOURCES

_NAMES: Final = {one.name for _, table in RESOURCES.values() for one in table if "_" in one.name}
_PATTERN: Final = re.compile(rf"(?<![\w.:/-])({'|'.join(sorted(_NAMES, key=len, reverse=True))})(?![\w/-])")


def in_wire_names(message: str) -> str:
    """Return `message` with `training_file` as `trainingFile`, and so on for every declared property."""
    return _PATTERN.sub(lambda found: camel(found[1]), message)
