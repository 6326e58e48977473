"""Runs in the trainer's environment: which text of a row the loss covers: `show_masks.py BASE CASES`."""

import importlib
import json
import runpy
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

TRAINER = Path(__file__).resolve().parents[3] / "pulumi_ftjobs" / "trainer"
runpy.run_path(str(TRAINER / "__main__.py"))["load_package"]()
base_model = importlib.import_module("ftjobs_trainer.base_model")
encoding = importlib.import_module("ftjobs_trainer.row_encoding")
control = importlib.import_module("ftjobs_trainer.run_control")


def covered(tokenizer: Any, row: Any, length: int) -> Any:
    """The pieces of text with a loss, or the code of the refusal."""
    try:
        encoded = encoding.RowEncoder(tokenizer, length, refuse_overlong=False).encode([row], "training_file")
    except control.TrainingError as error:
        return {"code": error.code, "message": error.message}
    pieces = []
    for one in encoded.rows:
        pairs = list(zip(one["input_ids"], one["labels"], strict=True))
        assert all(label in (encoding.IGNORED, token) for token, label in pairs)
        for marked, group in groupby(pairs, key=lambda pair: pair[1] != encoding.IGNORED):
            if marked:
                pieces.append(tokenizer.decode([token for token, _ in group]))
    return {"covered": pieces, "truncated": encoded.truncated, "dropped": encoded.dropped}


def main() -> None:
    """Answer every case of a JSON file."""
    results = []
    for case in json.loads(Path(sys.argv[2]).read_text()):
        tokenizer = base_model.load_tokenizer(Path(sys.argv[1]))
        if "template" in case:
            tokenizer.chat_template = case["template"]
        results.append(covered(tokenizer, case["row"], case.get("length", 1000)))
    print(json.dumps(results))


main()
