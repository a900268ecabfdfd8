"""What a server counts, as Prometheus reads it."""

import bisect
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

Labels = tuple[tuple[str, str], ...]


class _Histogram:
    """Counts of observations up to each bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect.bisect_left(self._bounds, value)] += 1
        self._sum += value

    def lines(self, name: str, labels: Labels, scale: float) -> Iterator[str]:
        total = 0
        bounds = [f"{bound * scale:g}" for bound in self._bounds]
        for bound, count in zip([*bounds, "+Inf"], self._counts, strict=True):
            total += count
            yield _line(f"{name}_bucket", (*labels, ("le", bound)), total)
        yield _line(f"{name}_sum", labels, self._sum * scale)
        yield _line(f"{name}_count", labels, total)


class ServerMetrics:
    """Counts requests, and how long they took.

    The counts of predictions have the names that TensorFlow Serving gives them, so that
    the same dashboards show both.

    Args:
        models: The models' names; requests for others are counted under "".
    """

    def __init__(self, models: Sequence[str]) -> None:
        self._models = frozenset(models)
        self._requests: Counter[Labels] = Counter()
        self._latency: dict[Labels, _Histogram] = defaultdict(
            lambda: _Histogram(_SECONDS)
        )
        self._answers: Counter[Labels] = Counter()
        self._batches = _Histogram(_ROWS)
        self._batched = False
        self._gauges: dict[str, tuple[str, Callable[[], Mapping[Labels, float]]]] = {}
        self._lock = threading.Lock()

    def record(
        self, model: str, method: str, entrypoint: str, code: str, seconds: float
    ) -> None:
        """Counts a request.

        Args:
            model: The model's name, or "".
            method: Such as "predict" or "status".
            entrypoint: "REST" or "GRPC".
            code: "OK" or the error's code.
            seconds: How long it took.
        """
        name = ("model_name", model if model in self._models else "")
        with self._lock:
            self._requests[(name, ("status", code))] += 1
            if code == "OK":
                where = (name, ("API", method), ("entrypoint", entrypoint))
                self._latency[where].observe(seconds)

    def record_answer(self, status: int) -> None:
        """Counts an answer over HTTP by its status."""
        with self._lock:
            self._answers[(("status", str(status)),)] += 1

    def observe_batch(self, rows: int) -> None:
        """Counts a batch of requests that ran together."""
        with self._lock:
            self._batched = True
            self._batches.observe(rows)

    def add_gauge(
        self, name: str, description: str, read: Callable[[], Mapping[Labels, float]]
    ) -> None:
        """Adds something that is read whenever the metrics are.

        Args:
            name: The metric's name.
            description: One line.
            read: Returns its values by labels; `()` where there are none.
        """
        self._gauges[name] = (description, read)

    def text(self) -> str:
        """All metrics in Prometheus' text format."""
        with self._lock:
            lines = list(self._counted())
        for name, (description, read) in self._gauges.items():
            lines += _head(name, "gauge", description)
            lines += [_line(name, labels, value) for labels, value in read().items()]
        return "\n".join(lines) + "\n"

    def _counted(self) -> Iterator[str]:
        name = ":tensorflow:serving:request_count"
        yield from _head(name, "counter", "Requests by model and code.")
        for labels, count in sorted(self._requests.items()):
            yield _line(name, labels, count)
        name = ":tensorflow:serving:request_latency"
        yield from _head(name, "histogram", "Microseconds of answered requests.")
        for labels, histogram in sorted(self._latency.items()):
            yield from histogram.lines(name, labels, 1e6)
        name = "vaezoo_http_answers_total"
        yield from _head(name, "counter", "Answers over HTTP by status.")
        for labels, count in sorted(self._answers.items()):
            yield _line(name, labels, count)
        if self._batched:
            name = "vaezoo_batch_rows"
            yield from _head(name, "histogram", "Rows that ran together.")
            yield from self._batches.lines(name, (), 1)


def _head(name: str, kind: str, description: str) -> list[str]:
    return [f"# HELP {name} {description}", f"# TYPE {name} {kind}"]


def _line(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{inside}}} {value:.17g}" if inside else f"{name} {value:.17g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
