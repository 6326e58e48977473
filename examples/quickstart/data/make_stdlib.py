"""Turns the documentation inside Python's standard library into chat rows for a fine-tuning job.

    python3.11 make_stdlib.py        # writes stdlib.jsonl beside this file

Each row asks what one function, class or method does; the answer is its own documentation, without signatures and
examples, cut at the end of a paragraph or sentence. The same version of Python gives the same bytes; the committed
file was made with Python 3.11.7. The texts are the Python Software Foundation's, under the PSF License.
"""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODULES = """
    argparse bisect collections contextlib csv dataclasses datetime decimal enum fractions functools glob hashlib
    heapq inspect itertools json logging math operator pathlib queue random re secrets shutil statistics string
    subprocess tempfile textwrap threading time urllib.parse zipfile
""".split()  # noqa: SIM905 - easier to read than 36 quoted words
CLASSES = (bytes, dict, list, set, str, Path)
SYSTEM = "You explain Python's standard library, briefly and exactly."
SIGNATURE = re.compile(r"\s*[\w.]+\(.*\)(\s*-+>\s*[\w\[\], ]{1,30})?$")
SHORTEST = 60
LONGEST = 700

Row = dict[str, list[dict[str, str]]]


def named_things() -> Iterator[tuple[str, Any]]:
    """Yield every documented thing with the name that people use for it, in a fixed order."""
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in sorted(getattr(module, "__all__", None) or vars(module)):
            thing = getattr(module, name, None)
            # What a module merely imported from elsewhere is documented there.
            if callable(thing) and getattr(thing, "__module__", None) in {module_name, f"_{module_name}"}:
                yield f"{module_name}.{name}", thing
    for owner in CLASSES:
        for name in sorted(vars(owner)):
            if callable(getattr(owner, name)) and not name.startswith("_"):
                yield f"{owner.__name__}.{name}", getattr(owner, name)


def answer(documentation: str) -> str:
    """Return the prose of a docstring: no signatures, no examples, whole paragraphs or at least sentences."""
    prose = ""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(documentation).partition(">>>")[0]):
        lines = [line for line in paragraph.splitlines() if not SIGNATURE.match(line)]
        longer = f"{prose}\n\n" + "\n".join(lines)
        if len(longer) > LONGEST:
            prose = prose or whole_sentences(longer[:LONGEST])
            break
        prose = longer.strip()
    # What announced an example that is not there goes with it.
    return whole_sentences(prose) if prose.endswith(":") else prose


def whole_sentences(text: str) -> str:
    """Return a text up to the last end of a sentence in it."""
    ends = [match.start() + 1 for match in re.finditer(r"\.\s", text)]
    return text[: ends[-1]].strip() if ends else ""


def rows() -> Iterator[Row]:
    """Yield the chat rows, one for each thing whose documentation says enough; no answer comes twice."""
    seen: set[str] = set()
    for name, thing in named_things():
        text = answer(thing.__doc__ or "")
        if len(text) < SHORTEST or text in seen:
            continue
        seen.add(text)
        question = f"What is {name}?" if inspect.isclass(thing) else f"What does {name} do?"
        messages = {"system": SYSTEM, "user": question, "assistant": text}
        yield {"messages": [{"role": role, "content": content} for role, content in messages.items()]}


def jsonl() -> bytes:
    """Return the training file."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows()).encode()


if __name__ == "__main__":
    target = Path(__file__).with_name("stdlib.jsonl")
    target.write_bytes(jsonl())
    print(f"{target.name}: {target.read_bytes().count(bytes([10]))} rows, {target.stat().st_size} bytes")
