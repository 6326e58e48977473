"""Writes the tables of arguments into the pages of jobs, files and models, from the field tables."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# The tree it belongs to, installed or not.
from pulumi_ftjobs.lifecycle.field_table import Field  # noqa: E402
from pulumi_ftjobs.lifecycle.file_fields import FILE  # noqa: E402
from pulumi_ftjobs.lifecycle.job_fields import JOB  # noqa: E402
from pulumi_ftjobs.lifecycle.model_fields import MODEL  # noqa: E402

_PAGES = ROOT / "docs" / "resources"
TABLES = {
    _PAGES / "fine-tuning-job.md": JOB,
    _PAGES / "fine-tuning-file.md": FILE,
    _PAGES / "fine-tuned-model.md": MODEL,
}
BEGIN, END = "<!-- generated: scripts/field_tables.py -->", "<!-- end -->"
_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "file": "FineTuningFile or str",
    "job": "FineTuningJob or str",
    "object": "dict",
    "strings": "dict of str",
    "objects": "list of dict",
    "list": "list of str",
    "bounds": "dict, or a function",
    "any": "any",
}
_EFFECTS = {"replace": "trains again", "update": "recorded, nothing trains", "nothing": "nothing"}
_BY_COMPARISON = {"rows": "trains again if the rows differ", "status": "pauses or resumes"}
_BY_NAME = {
    "adopt_job_id": "adopts the other job",
    "job": "replaces the model, once that job has succeeded",
    "accept": "judges in every `up`",
    "deploy": "replaces the model",
}


def table(fields: tuple[Field, ...]) -> str:
    """The arguments: name, type, whether it must be given, what a change does, and what it is."""
    rows = ["| argument | type | default | a change | what it is |", "|---|---|---|---|---|"]
    for field in fields:
        if field.input and field.effect:
            effect = _BY_COMPARISON.get(field.compared or "") or _EFFECTS[field.effect]
            effect = _BY_NAME.get(field.name, effect)
            default = "required" if field.required else "None"
            rows.append(
                f"| `{field.name}` | {_TYPES[field.type]} | {default} | {effect} | {field.description} |"
            )
    return "\n".join(rows)


def with_table(text: str, fields: tuple[Field, ...]) -> str:
    """A page with the table between its marks as it is now."""
    marked = f"{BEGIN}\n\n{table(fields)}\n\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: marked, text, flags=re.S)


if __name__ == "__main__":
    for page, fields in TABLES.items():
        page.write_text(with_table(page.read_text("utf-8"), fields), "utf-8")
        print(f"wrote the table of {page.relative_to(ROOT)}")
