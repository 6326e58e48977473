"""Makes a tiny base model in a folder: a Llama of random weights. Real training, untrained base.

Runs in the trainer's environment: `$(.venv/bin/python scripts/train_env.py) scripts/tiny_base.py FOLDER [ROWS]`.
Without ROWS, a JSONL file, a token is a byte; with it, the frequent words of its messages are tokens too.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

TEMPLATE = """{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>
{% if loop.first and tools %}tools: {{ tools | tojson }}
{% endif %}{{ m.content }}{% for c in m.tool_calls or [] %}\
call {{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}{{ eos_token }}
{% endfor %}{% if add_generation_prompt %}<|assistant|>
{% endif %}"""
SPECIAL = ["<pad>", "<s>", "</s>", "<|system|>", "<|developer|>", "<|user|>", "<|assistant|>", "<|tool|>"]


WORDS = 1500
"""Tokens of a vocabulary that is learned from rows."""


def tokenizer_of(texts: list[str]) -> PreTrainedTokenizerFast:
    """One token per byte and one for each role; the frequent words of texts, where there are any."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=bool(texts))
    tokenizer.decoder = decoders.ByteLevel()
    if texts:
        learned = trainers.BpeTrainer(
            vocab_size=WORDS, special_tokens=SPECIAL, initial_alphabet=letters, show_progress=False
        )
        tokenizer.train_from_iterator(texts, learned)
    tokenizer.add_special_tokens(SPECIAL)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
    fast.chat_template = TEMPLATE
    return fast


def texts_of(rows: Path) -> list[str]:
    """The texts of all messages of a JSONL file."""
    parsed = (json.loads(line) for line in rows.read_text().splitlines())
    return [message["content"] for row in parsed for message in row["messages"]]


def main(target: Path, rows: Path | None = None) -> None:
    """Write the model, its tokenizer and a note of what it is."""
    set_seed(1)
    tokenizer = tokenizer_of(texts_of(rows) if rows else [])
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=1024, tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(target)
    tokenizer.save_pretrained(target)
    (target / "README.md").write_text("A tiny Llama with random weights: for tests and demonstrations.\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
