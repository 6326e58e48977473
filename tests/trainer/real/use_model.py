"""Runs in the trainer's environment: loads an adapter, merges it, and compares what base, adapter and merged say."""

import importlib
import json
import runpy
import sys
from pathlib import Path

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer

TRAINER = Path(__file__).resolve().parents[3] / "pulumi_ftjobs" / "trainer"
adapter, target = Path(sys.argv[1]), Path(sys.argv[2])
runpy.run_path(str(TRAINER / "__main__.py"))["load_package"]()
importlib.import_module("ftjobs_trainer.merge_adapter").main([str(adapter), str(target)])

tokenizer = AutoTokenizer.from_pretrained(target)
ids = tokenizer("<s><|user|>\nred 0</s>", return_tensors="pt", add_special_tokens=False)
base = json.loads((adapter / "adapter_config.json").read_text())["base_model_name_or_path"]
with torch.no_grad():
    tuned = AutoPeftModelForCausalLM.from_pretrained(adapter)(**ids).logits
    merged = AutoModelForCausalLM.from_pretrained(target)(**ids).logits
    plain = AutoModelForCausalLM.from_pretrained(base)(**ids).logits
print(json.dumps({
    "merged_equals_adapter": bool(torch.allclose(tuned, merged, atol=1e-4)),
    "differs_from_base": bool((tuned - plain).abs().max() > 1e-2),
}))  # fmt: skip
