"""The worker's side of the protocol: runs timed segments when it is asked to.

A worker is `python -m benchmarks.workers.NAME SETTINGS`, with the settings as JSON. It
answers one JSON line for each line that it reads, the first one by itself:

    -> {"segments": ["fit"], "device": "CPU", "versions": {"torch": "2.13.0"}}
    {"run": "fit"}  -> {"seconds": 2.5, "count": 25600}
    {"report": true} -> {"peak_memory_bytes": 912000000}

An error is answered as {"error": "..."}; the end of its input ends the worker. Only the
standard library is used here, so that it runs in every peer's environment.
"""

import json
import os
import pathlib
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, NamedTuple, TextIO

# A segment does its work and says how much it was, {"count": images}, with whatever
# else it found out. One that measures by itself adds its own "seconds".
Segment = Callable[[], Mapping[str, Any]]


class Prepared(NamedTuple):
    """What a worker is ready to do.

    Attributes:
        segments: The segments by name.
        device: What it computes on, such as "CPU" or the name of a GPU.
        packages: The distributions whose versions belong to the result.
    """

    segments: Mapping[str, Segment]
    device: str
    packages: tuple[str, ...]


def serve(prepare: Callable[[dict[str, Any]], Prepared]) -> None:
    """Runs a worker: reads its settings from the command line and serves its pipes.

    Args:
        prepare: Imports the libraries, makes data and model, and gives the segments.
    """
    replies = _take_standard_output()
    try:
        answer(prepare, json.loads(sys.argv[1]), sys.stdin, replies)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more


def answer(
    prepare: Callable[[dict[str, Any]], Prepared],
    settings: dict[str, Any],
    requests: TextIO,
    replies: TextIO,
) -> None:
    """Prepares, then answers requests until there are no more.

    Args:
        prepare: See `serve`.
        settings: Its argument.
        requests: Where JSON lines come from.
        replies: Where JSON lines go.
    """
    try:
        prepared = prepare(settings)
    except Exception as error:
        _reply(replies, _failure(error))
        return
    _reply(
        replies,
        {
            "segments": list(prepared.segments),
            "device": prepared.device,
            "versions": {name: metadata.version(name) for name in prepared.packages},
        },
    )
    for line in requests:
        try:
            _reply(replies, _respond(prepared, json.loads(line)))
        except BrokenPipeError:
            raise
        except Exception as error:
            _reply(replies, _failure(error))


def repeat(call: Callable[[], Any], seconds: float) -> int:
    """Calls until the time is over, at least once, and says how often."""
    end = time.perf_counter() + seconds
    calls = 0
    while not calls or time.perf_counter() < end:
        call()
        calls += 1
    return calls


def peak_memory_bytes() -> int:
    """The largest resident size of this process so far."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        # Not `ru_maxrss`, which Linux hands down from the process that started this.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _respond(prepared: Prepared, request: dict[str, Any]) -> dict[str, Any]:
    if "report" in request:
        return {"peak_memory_bytes": peak_memory_bytes()}
    segment = prepared.segments[request["run"]]
    start = time.perf_counter()
    result = dict(segment())
    return {"seconds": time.perf_counter() - start, **result}


def _failure(error: Exception) -> dict[str, str]:
    traceback.print_exception(error)
    return {"error": f"{type(error).__name__}: {error}"}


def _reply(replies: TextIO, reply: Mapping[str, Any]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def _take_standard_output() -> TextIO:
    """Keeps the pipe for replies; what libraries print goes to the error output."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies
