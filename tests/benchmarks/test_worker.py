"""Both sides of the protocol: a worker, and the process that asks it."""

import io
import json
import sys
import textwrap

import pytest

from benchmarks.contender import Contender, ContenderError
from benchmarks.worker import Prepared, answer, peak_memory_bytes, repeat


def talk(prepare, *requests):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    replies = io.StringIO()
    answer(prepare, {"images": 3}, io.StringIO(lines), replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def counting(settings):
    return Prepared({"fit": lambda: {"count": settings["images"]}}, "CPU", ("numpy",))


def test_a_worker_says_what_it_is_and_times_what_it_does():
    about, run, report = talk(counting, {"run": "fit"}, {"report": True})
    assert about["segments"] == ["fit"]
    assert about["device"] == "CPU"
    assert list(about["versions"]) == ["numpy"]
    assert run["count"] == 3
    assert 0 < run["seconds"] < 1
    assert report["peak_memory_bytes"] > 1e6


def test_a_segment_may_measure_by_itself():
    def prepare(settings):
        return Prepared({"fit": lambda: {"count": 1, "seconds": 7.5}}, "CPU", ())

    assert talk(prepare, {"run": "fit"})[1] == {"count": 1, "seconds": 7.5}


def test_errors_are_answers_and_the_worker_goes_on():
    def prepare(settings):
        return Prepared({"fit": dict, "bad": lambda: 1 / 0}, "CPU", ())

    _, bad, fit = talk(prepare, {"run": "bad"}, {"run": "fit"})
    assert bad == {"error": "ZeroDivisionError: division by zero"}
    assert "seconds" in fit


def test_what_cannot_be_prepared_says_why():
    def prepare(settings):
        raise ImportError("No module named 'peer'")

    assert talk(prepare) == [{"error": "ImportError: No module named 'peer'"}]


def test_repeat_calls_at_least_once():
    calls = []
    assert repeat(lambda: calls.append(0), seconds=0.0) == 1 == len(calls)
    assert repeat(lambda: calls.append(0), seconds=0.02) > 1


def test_peak_memory_does_not_shrink():
    before = peak_memory_bytes()
    del [bytearray(20_000_000)][0]
    assert before <= peak_memory_bytes()


@pytest.fixture
def contender(tmp_path):
    """A worker of a few lines, started as the real ones are."""

    def start(body, **options):
        program = textwrap.dedent(
            """
            import os, sys, time
            from benchmarks.worker import Prepared, serve
            def prepare(settings):
                print("what a library prints")
            """
        ) + textwrap.indent(textwrap.dedent(body), "    ")
        command = [sys.executable, "-c", program + "\nserve(prepare)", '{"images": 5}']
        return Contender("fake", command, tmp_path / "log", **options)

    return start


ECHO = 'return Prepared({"fit": lambda: {"count": settings["images"]}}, "CPU", ())'


def test_a_process_is_asked_and_ended(contender):
    with contender(ECHO) as fake:
        assert fake.about["segments"] == ["fit"]
        assert fake.about["set_up_seconds"] > 0
        assert fake.run("fit")["count"] == 5
        assert fake.report()["peak_memory_bytes"] > 1e6
        process = fake._process
    assert process.poll() == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ImportError('no peer\\nhere')", "^ImportError: no peer here$"),
        ("os.write(2, b'Illegal instruction\\n'); os._exit(3)", "Illegal instruction"),
    ],
)
def test_what_does_not_start_says_why(contender, body, message):
    with pytest.raises(ContenderError, match=message), contender(body):
        pass


def test_an_end_in_the_middle_is_noticed(contender):
    with contender('return Prepared({"fit": lambda: os._exit(1)}, "CPU", ())') as fake:
        with pytest.raises(ContenderError, match="its process ended"):
            fake.run("fit")
        with pytest.raises(ContenderError):
            fake.run("fit")


def test_it_is_not_waited_for_without_end(contender):
    body = 'return Prepared({"fit": lambda: time.sleep(60)}, "CPU", ())'
    with contender(body) as fake:
        fake._timeout = 0.1
        with pytest.raises(ContenderError, match=r"no answer in 0\.1 s"):
            fake.run("fit")
        fake._process.kill()
