"""Fine-tuning jobs as infrastructure: a Pulumi provider for OpenAI, Azure OpenAI and every server like them.

The names are those of `resources.exports`, and are loaded when the first one is asked for: `ftjobs` and the embedded
API, which are parts of this package too, start without Pulumi.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .resources.exports import *  # noqa: F403 - `exports.__all__` is the one list of names
else:

    def __getattr__(name: str) -> object:
        if not name.startswith("_") or name == "__all__":
            exports = import_module(".resources.exports", __name__)
            if name in (*exports.__all__, "__all__"):
                return getattr(exports, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
