"""Makes the small training files of the examples from the quickstart's rows: `python examples/make_data.py`.

Other tasks on the same texts, so that every example has real rows in its format. Same input, same bytes.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SYSTEM = {"role": "system", "content": "You explain Python's standard library, briefly and exactly."}
Row = dict[str, Any]


def main() -> None:
    """Write every file."""
    lines = (HERE / "quickstart" / "data" / "stdlib.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    for module in ("argparse", "statistics", "str"):
        write(f"several-models/data/{module}.jsonl", (row for row in rows if module_of(row) == module))
    write("dpo/data/short-answers.jsonl", map(preference, rows[::8]))
    write("reinforcement/data/modules.jsonl", map(naming_the_module, rows[::8]))
    write("bedrock/data/modules.jsonl", map(naming_the_module, rows[::8]))
    write("reinforcement/data/modules-check.jsonl", map(naming_the_module, rows[4::20]))
    write("bedrock/data/modules-check.jsonl", map(naming_the_module, rows[4::20]))
    write("retrain-on-new-data/data/2026-09.jsonl", rows[0:60:3])
    write("retrain-on-new-data/data/2026-10.jsonl", rows[1:60:3])
    for example in (
        "two-accounts",
        "azure",
        "compatible-server",
        "nebius",
        "crusoe",
        "gateway",
        "adopt-existing-job",
        "consume-model",
        "hyperparameter-sweep",
        "yaml-quickstart",
        "typescript-quickstart",
    ):
        write(f"{example}/data/support.jsonl", rows[: 5 * 24 : 5])
    for project in ("promote/train", "gitops", "policy/stack"):
        write(f"{project}/data/support.jsonl", rows[: 5 * 24 : 5])


def subject(row: Row) -> str:
    """What a row is about, e.g. `argparse.Action`."""
    return str(row["messages"][1]["content"]).rstrip("?").removesuffix(" do").split()[-1]


def module_of(row: Row) -> str:
    """The module a row is about."""
    return subject(row).split(".")[0]


def preference(row: Row) -> Row:
    """The first paragraph is preferred to the whole text."""
    whole = str(row["messages"][2]["content"])
    short = whole.split("\n\n", maxsplit=1)[0]
    return {
        "input": {"messages": row["messages"][:2]},
        "preferred_output": [{"role": "assistant", "content": short}],
        "non_preferred_output": [{"role": "assistant", "content": f"{whole}\n\nI hope this helps!"}],
    }


def naming_the_module(row: Row) -> Row:
    """A question with one right answer, which a grader can check."""
    name = subject(row).rpartition(".")[2]
    question = f"Which module or type of Python's standard library has {name}? Answer with its name alone."
    return {"messages": [{"role": "user", "content": question}], "module": subject(row).rpartition(".")[0]}


def write(name: str, rows: Iterable[Row]) -> None:
    """Write one JSONL file."""
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    dump: Callable[[Row], str] = lambda row: json.dumps(row, ensure_ascii=False) + "\n"  # noqa: E731
    path.write_text("".join(map(dump, rows)), "utf-8")


if __name__ == "__main__":
    main()
