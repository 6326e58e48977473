"""What a user reads when something goes wrong: one line, last, without frames of ours; and lines on the right row."""

from __future__ import annotations

import pytest

from tests.provider.conftest import IMPATIENT, Own
from tests.support.engine import Failed, Host, running_host, settings
from tests.support.server import Server

JOB = "FineTuningJob"


def reported(raised: pytest.ExceptionInfo[Failed]) -> str:
    """What the engine was reported: one line, without any frames."""
    text = str(raised.value)
    assert "Traceback" not in text
    assert len(text.splitlines()) == 1
    return text


def test_a_refused_create_is_one_line(host: Host, own: Own) -> None:
    with pytest.raises(Failed) as raised:
        host.create(JOB, own.job(training_file="file-nope"))
    line = reported(raised)
    assert "invalid training_file: file-nope" in line
    assert line.endswith("correct the declaration and run the command again")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 403, "code": "training_not_available"}, "existing jobs and models still work"),
        ({"status": 429, "code": "daily_rate_limit_exceeded"}, "24 hours"),
        ({"status": 429, "code": "insufficient_quota"}, "out of credit"),
        ({"status": 401, "code": "invalid_api_key"}, "check the key"),
    ],
)
def test_what_cannot_be_created_says_what_to_do(
    host: Host, own: Own, server: Server, fault: dict[str, object], words: str
) -> None:
    server.fault("status", count=None, **fault)
    with pytest.raises(Failed) as raised:
        host.create(JOB, own.job())
    assert words in reported(raised)
    assert len(server.posts()) == 1


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"ftjobs:baseUrl": "http://127.0.0.1:1/v1"}, "no API key for http://127.0.0.1:1/v1"),
        ({"ftjobs:baseUrl": "http://127.0.0.1:1/v1", "ftjobs:apiKey": "two words"}, "copy the key again"),
        (
            {"ftjobs:baseUrl": "http://127.0.0.1:1/v1", "ftjobs:apiKey": "sk-test-x"},
            "cannot reach http://127.0.0.1:1/v1",
        ),
        ({"ftjobs:baseUrl": "nonsense"}, "ftjobs:baseUrl is not a URL"),
        ({"ftjobs:baseUrl": "http://example.org/v1"}, "use https"),
    ],
)
def test_unusable_settings_are_one_sentence_at_first_use(
    own: Own, config: dict[str, str], words: str
) -> None:
    with running_host(config, preamble=IMPATIENT) as host:
        with pytest.raises(Failed) as raised:
            host.create(JOB, own.job(training_file="file-1"))
        assert words in reported(raised)


def test_an_unusable_base_url_fails_the_preview(own: Own) -> None:
    with running_host({"ftjobs:baseUrl": "nonsense"}) as host:
        checked = host.check(JOB, own.job(training_file="file-1"))
        assert any("ftjobs:baseUrl is not a URL" in failure for failure in checked.failures)


def test_a_preview_needs_no_key(own: Own, server: Server) -> None:
    with running_host(settings(server, key=None)) as host:
        assert host.check(JOB, own.job(training_file="file-1")).failures == []


def test_a_line_arrives_on_the_row_of_its_resource(host: Host, own: Own) -> None:
    inputs = own.job(seed=1)
    job_id, outs = host.create(JOB, inputs)
    host.diff(JOB, job_id, outs, {**inputs, "seed": 2})
    (line,) = [line for line in host.engine.said if line.urn == own.urn()]
    assert (line.severity, "\n" in line.text) == ("INFO", False)


def test_without_an_engine_to_talk_to_the_line_is_printed(own: Own, server: Server) -> None:
    forget_the_engine = "import sys; sys.argv[-1] = 'nothing'"
    with running_host(settings(server), preamble=forget_the_engine) as host:
        host.create(JOB, own.job(seed=1))
        host.create(JOB, own.job(seed=2))
        assert host.said() == []
