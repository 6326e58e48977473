"""Writes the table of arguments into the page of FineTuningJob, from the table of a job's fields."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pulumi_ftjobs.lifecycle.job_fields import JOB  # noqa: E402 - the tree it belongs to, installed or not

PAGE = ROOT / "docs" / "resources" / "fine-tuning-job.md"
BEGIN, END = "<!-- generated: scripts/field_tables.py -->", "<!-- end -->"
_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "file": "FineTuningFile or str",
    "object": "dict",
    "strings": "dict of str",
    "objects": "list of dict",
    "list": "list of str",
    "any": "any",
}
_EFFECTS = {"replace": "trains again", "update": "recorded, nothing trains", "nothing": "nothing"}
_BY_COMPARISON = {"rows": "trains again if the rows differ", "status": "pauses or resumes"}
_BY_NAME = {"adopt_job_id": "adopts the other job"}


def table() -> str:
    """The arguments: name, type, whether it must be given, what a change does, and what it is."""
    rows = ["| argument | type | default | a change | what it is |", "|---|---|---|---|---|"]
    for field in JOB:
        if field.input and field.effect:
            effect = _BY_COMPARISON.get(field.compared or "") or _EFFECTS[field.effect]
            effect = _BY_NAME.get(field.name, effect)
            default = "required" if field.required else "None"
            rows.append(
                f"| `{field.name}` | {_TYPES[field.type]} | {default} | {effect} | {field.description} |"
            )
    return "\n".join(rows)


def with_table(text: str) -> str:
    """A page with the table between its marks as it is now."""
    return re.sub(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: f"{BEGIN}\n\n{table()}\n\n{END}", text, flags=re.S
    )


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
    print(f"wrote the table of {PAGE.relative_to(ROOT)}")
