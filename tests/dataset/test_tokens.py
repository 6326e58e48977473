"""Counting tokens: exact with the extra, else an estimate within its stated error."""

import json

import pytest

from pulumi_ftjobs.dataset import scan
from pulumi_ftjobs.dataset.token_counts import Counter, count, is_exact
from pulumi_ftjobs.lifecycle.cost import TOKENS_ERROR
from tests.dataset.data_files import ANSWER, USER, chat, lines, numbered_rows

exact_only = pytest.mark.skipif(not is_exact(), reason="needs the tokens extra")

# Text and its count by the vocabulary o200k_base, taken from OpenAI's tiktoken 0.14.0.
RECORDED = [
    ("hello world", 2),
    ("", 0),
    ("Grüße aus München, schöne Straße!", 9),
    ("今日は天気がいいですね。散歩に行きましょう。", 15),
    ("def add(a, b):\n    return a + b\n", 12),
    ('{"role": "user", "content": "Hi"}', 12),
    ("😀👍🏽🚀", 6),
    ("<|endoftext|>", 7),
]


@exact_only
@pytest.mark.parametrize(("text", "tokens"), RECORDED)
def test_the_exact_counter_agrees_with_tiktoken(text, tokens):
    assert count([text], exact=True) == tokens


@exact_only
def test_a_lone_surrogate_is_counted_as_the_replacement_services_put_there():
    assert count(["a\ud800", "b"], exact=True) == count(["a?", "b"], exact=True)


@exact_only
def test_many_batches_give_the_sum_of_their_texts():
    texts = ["some words here " * 40_000] * 5
    counter = Counter()
    for text in texts:
        counter.add([text])
    assert counter.total() == 5 * count(texts[:1])
    assert counter.total() == 5 * count(texts[:1])


PARAGRAPHS = {
    "english": "Open the settings, choose Security, and confirm the message that we send to your address. ",
    "german": "Öffnen Sie die Einstellungen, wählen Sie Sicherheit und bestätigen Sie die Nachricht von uns. ",
    "russian": "Откройте настройки, выберите раздел безопасности и подтвердите сообщение, которое мы отправим. ",
    "japanese": "設定を開いて、セキュリティを選び、お送りしたメッセージを確認してください。",
    "code": "for name in sorted(names):\n    if name not in seen:\n        seen.add(name)\n",
}


@exact_only
@pytest.mark.parametrize("text", PARAGRAPHS.values(), ids=PARAGRAPHS)
def test_the_estimate_is_within_its_stated_error(text):
    estimated, exact = count([text * 20], exact=False), count([text * 20], exact=True)
    assert (1 - TOKENS_ERROR) * estimated <= exact <= (1 + TOKENS_ERROR) * estimated


@exact_only
def test_a_row_costs_the_marks_of_the_chat_format_too(written):
    report = scan(written(lines(chat())))
    assert report.tokens == count(["Hi", "Hello"]) + 2 * 4 + 3
    assert report.tokens_exact


@exact_only
def test_names_and_both_answers_of_a_preference_count(written):
    row = {
        "input": {"messages": [{**USER, "name": "jo"}]},
        "preferred_output": [ANSWER],
        "non_preferred_output": [{**ANSWER, "content": "Go"}],
    }
    report = scan(written(lines(row)))
    assert report.tokens == count(["Hi", "jo", "Hello", "Go"]) + 3 * 4 + 1 + 3


@exact_only
@pytest.mark.parametrize(
    "row",
    [
        chat(tools=[{"type": "function", "function": {"name": "f"}}]),
        chat(
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": "https://x.test/i.png"}}],
            },
            ANSWER,
        ),
    ],
)
def test_tools_and_images_make_a_count_inexact(written, row):
    assert not scan(written(lines(row))).tokens_exact


def test_images_are_counted_apart(written):
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 5000}}
    report = scan(written(lines(chat({"role": "user", "content": [part, part]}, ANSWER))))
    assert report.images == 2
    assert report.tokens < 30


def test_tokens_are_not_counted_when_no_rule_asks(written):
    report = scan(written(lines(*numbered_rows())), count_tokens=False)
    assert report.tokens is None
    assert not report.tokens_exact


def test_a_row_longer_than_the_training_context_warns(written):
    long = chat(USER, {"role": "assistant", "content": "word, " * 60_000})
    escaped = json.dumps(
        chat(USER, {"role": "assistant", "content": "é" * 12_000})
    )  # 72,000 bytes, few tokens
    report = scan(written(lines(*numbered_rows(2), long, escaped)))
    assert [(problem.code, problem.line) for problem in report.warnings] == [("FT180", 3)]


def test_a_file_with_a_row_that_that_were_not_parsed_has_no_known_number_of_tokens(written):
    rows = [chat() for _ in range(20)]
    report = scan(written(lines(*rows[:10], '{"messages": "' + "x" * (1 << 24) + '"}', *rows[10:])))
    assert (report.rows, report.tokens, report.tokens_exact) == (21, None, False)
    assert [(problem.code, problem.line) for problem in report.diagnostics if problem.code == "FT114"] == [
        ("FT114", 11)
    ]
