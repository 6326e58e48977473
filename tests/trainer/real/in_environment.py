"""What the tests ask of torch itself; each function runs in a separate process and prints one JSON line."""

import importlib
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer


def tiny_base(folder: str) -> None:
    """Make the tiny base model."""
    importlib.import_module("tiny_base").main(Path(folder))
    print(json.dumps(folder))


def masks(base: str, cases: str) -> None:
    """Which text of each row the loss covers; `cases` is a JSON file."""
    load = importlib.import_module("ftjobs_trainer.base_model").load_tokenizer
    results = []
    for case in json.loads(Path(cases).read_text()):
        tokenizer = load(Path(base))
        if "template" in case:
            tokenizer.chat_template = case["template"]
        results.append(_covered(tokenizer, case["row"], case.get("length", 1000)))
    print(json.dumps(results))


def _covered(tokenizer: Any, row: Any, length: int) -> Any:
    encoding = importlib.import_module("ftjobs_trainer.row_encoding")
    refused = importlib.import_module("ftjobs_trainer.run_control").TrainingError
    try:
        encoded = encoding.RowEncoder(tokenizer, length, refuse_overlong=False).encode([row], "training_file")
    except refused as error:
        return {"code": error.code, "message": error.message}
    pieces = []
    for one in encoded.rows:
        pairs = list(zip(one["input_ids"], one["labels"], strict=True))
        assert all(label in (encoding.IGNORED, token) for token, label in pairs)
        for marked, group in groupby(pairs, key=lambda pair: pair[1] != encoding.IGNORED):
            if marked:
                pieces.append(tokenizer.decode([token for token, _ in group]))
    return {"covered": pieces, "truncated": encoded.truncated, "dropped": encoded.dropped}


def merge_and_compare(adapter: str, target: str) -> None:
    """Merge an adapter, and compare what base, adapter and merged model say."""
    importlib.import_module("ftjobs_trainer.merge_adapter").main([adapter, target])
    tokenizer = AutoTokenizer.from_pretrained(target)
    ids = tokenizer("<s><|user|>\nred 0</s>", return_tensors="pt", add_special_tokens=False)
    base = json.loads((Path(adapter) / "adapter_config.json").read_text())["base_model_name_or_path"]
    with torch.no_grad():
        tuned = AutoPeftModelForCausalLM.from_pretrained(adapter)(**ids).logits
        merged = AutoModelForCausalLM.from_pretrained(target)(**ids).logits
        plain = AutoModelForCausalLM.from_pretrained(base)(**ids).logits
    equal = bool(torch.allclose(tuned, merged, atol=1e-4))
    differs = bool((tuned - plain).abs().max() > 1e-2)
    print(json.dumps({"merged_equals_adapter": equal, "differs_from_base": differs}))
