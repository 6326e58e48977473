"""docs/data.md explains every code, and docs/cost.md shows the numbers that are used."""

import re
from pathlib import Path

import pytest

from pulumi_ftjobs.dataset.rule_codes import SEVERITY
from pulumi_ftjobs.lifecycle.calendars import OPENAI_CALENDAR
from pulumi_ftjobs.lifecycle.prices import OPENAI_PRICES

ROOT = Path(__file__).parents[2]
DATA = (ROOT / "docs/data.md").read_text(encoding="utf-8")
COST = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pulumi_ftjobs/dataset").glob("*.py"))


@pytest.mark.parametrize("code", sorted(set(re.findall(r'"(FT\d{3})"', SOURCES))))
def test_every_code_is_documented_once_with_its_severity(code):
    [row] = [line for line in DATA.splitlines() if line.startswith(f"| {code} |")]
    assert row.split("|")[2].split(",")[0].strip() == SEVERITY.get(code, "error")


def test_no_code_is_documented_that_does_not_exist():
    assert set(re.findall(r"^\| (FT\d{3})", DATA, re.MULTILINE)) == set(re.findall(r'"(FT\d{3})"', SOURCES))


def test_no_code_is_listed_that_no_rule_uses():
    used = re.findall(r'"(FT\d{3})"(?!: ")', SOURCES)
    assert set(SEVERITY) <= set(used)


@pytest.mark.parametrize(("base", "price"), OPENAI_PRICES.usd_per_million_tokens.items())
def test_every_price_is_documented(base, price):
    assert f"| {base} | {price:.2f} |" in COST


@pytest.mark.parametrize(("base", "day"), OPENAI_CALENDAR.base_shutdowns.items())
def test_every_shutdown_is_documented(base, day):
    assert re.search(rf"^\| {day} \|.*\b{re.escape(base)}\b", COST, re.MULTILINE)
