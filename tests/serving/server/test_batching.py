"""Requests that wait for each other, or run together."""

import threading
import time

import numpy as np
import pytest

from vaezoo.serving import ServingError
from vaezoo.serving.server import BatchingOptions
from vaezoo.serving.server.batcher import Batcher
from vaezoo.serving.server.request_gate import RequestGate


def soon(seconds=60.0):
    return time.monotonic() + seconds


def in_threads(tasks):
    results = [None] * len(tasks)

    def run(index, task):
        try:
            results[index] = task()
        except ServingError as error:
            results[index] = error

    threads = [
        threading.Thread(target=run, args=(index, task))
        for index, task in enumerate(tasks)
    ]
    for thread in threads:
        thread.start()
    return threads, results


class Doubled:
    """Doubles its input; negative numbers make the whole call fail."""

    def __init__(self):
        self.sizes = []

    def __call__(self, signature, inputs, timeout):
        (x,) = inputs.values()
        self.sizes.append(len(x))
        if (x < 0).any():
            raise ServingError("INVALID_ARGUMENT", "negative")
        return {"y": x * 2}


@pytest.fixture
def make(wait_until):
    """A batcher whose only place is taken, so that batches grow: `make(**options)`."""

    def build(run, max_rows=64, max_delay=0.0, max_waiting=100):
        gate = RequestGate(1, max_waiting)
        options = BatchingOptions(max_rows, max_delay)
        observed = []
        batcher = Batcher(run, options, gate, observed.append)
        place = gate.admitted(soon())
        place.__enter__()
        return batcher, gate, lambda: place.__exit__(None, None, None), observed

    return build


def asked(batcher, *numbers, signature="double", deadline=None):
    x = np.float32(numbers)
    return lambda: batcher.predict(signature, {"x": x}, deadline or soon())


def test_requests_run_together_and_get_their_own_rows(make, wait_until):
    run = Doubled()
    batcher, _, free, observed = make(run)
    threads, results = in_threads([asked(batcher, n, n + 0.5) for n in range(20)])
    wait_until(lambda: batcher._waiting == 20)
    wait_until(lambda: sum(b.rows for b in batcher._open.values()) == 40)
    free()
    for thread in threads:
        thread.join()
    assert [r["y"].tolist() for r in results] == [[2 * n, 2 * n + 1] for n in range(20)]
    assert run.sizes == observed == [40]


def test_a_batch_has_a_size(make, wait_until):
    run = Doubled()
    batcher, _, free, _ = make(run, max_rows=8)
    threads, results = in_threads([asked(batcher, n, n, n) for n in range(5)])
    wait_until(lambda: batcher._waiting == 5)
    free()
    for thread in threads:
        thread.join()
    assert [r["y"].tolist() for r in results] == [[2 * n] * 3 for n in range(5)]
    assert max(run.sizes) <= 8
    assert sum(run.sizes) == 15


def test_a_bad_row_harms_only_its_own_request(make, wait_until):
    batcher, _, free, _ = make(Doubled())
    threads, results = in_threads([asked(batcher, n) for n in (1, -1, 2, -2, 3)])
    wait_until(lambda: sum(b.rows for b in batcher._open.values()) == 5)
    free()
    for thread in threads:
        thread.join()
    assert [r["y"].tolist() for r in results[::2]] == [[2], [4], [6]]
    assert all(isinstance(r, ServingError) for r in results[1::2])


def test_what_does_not_fit_together_runs_apart(make, wait_until):
    run = Doubled()
    batcher, _, free, _ = make(run)
    tasks = [asked(batcher, 1), asked(batcher, 2, signature="other")]
    tasks += [asked(batcher, [3, 4])]
    threads, results = in_threads(tasks)
    wait_until(lambda: len(batcher._open) == 3)
    free()
    for thread in threads:
        thread.join()
    assert [r["y"].tolist() for r in results] == [[2], [4], [[6, 8]]]
    assert run.sizes == [1, 1, 1]


def test_outputs_of_another_number_of_rows_are_not_cut_up(make, wait_until):
    def total(signature, inputs, timeout):
        return {"total": np.float32([inputs["x"].sum()])}

    batcher, _, free, _ = make(total)
    threads, results = in_threads([asked(batcher, 1, 2), asked(batcher, 3, 4)])
    wait_until(lambda: sum(b.rows for b in batcher._open.values()) == 4)
    free()
    for thread in threads:
        thread.join()
    assert [r["total"].tolist() for r in results] == [[3], [7]]


def test_no_rows_and_many_rows_run_alone():
    run = Doubled()
    batcher = Batcher(run, BatchingOptions(4, 10.0), RequestGate(1, 1))
    assert asked(batcher)()["y"].shape == (0,)
    assert asked(batcher, *range(9))()["y"].shape == (9,)
    assert run.sizes == [0, 9]


def test_a_full_batch_does_not_wait():
    run = Doubled()
    batcher = Batcher(run, BatchingOptions(4, 3600.0), RequestGate(1, 1))
    threads, _ = in_threads([asked(batcher, n, n) for n in range(2)])
    for thread in threads:
        thread.join()
    assert run.sizes == [4]


def test_a_batch_does_not_wait_longer_than_its_request():
    batcher = Batcher(Doubled(), BatchingOptions(4, 3600.0), RequestGate(1, 1))
    assert asked(batcher, 1, deadline=soon(0.05))()["y"].tolist() == [2]


def test_errors_that_are_no_serving_errors_reach_everyone(make, wait_until):
    def broken(signature, inputs, timeout):
        raise ZeroDivisionError

    batcher, _, free, _ = make(broken)
    errors = []

    def ask():
        try:
            asked(batcher, 1)()
        except (ServingError, ZeroDivisionError) as error:
            errors.append(type(error))

    threads, _ = in_threads([ask, ask])
    wait_until(lambda: sum(b.rows for b in batcher._open.values()) == 2)
    free()
    for thread in threads:
        thread.join()
    assert sorted(e.__name__ for e in errors) == ["ServingError", "ZeroDivisionError"]


def test_the_line_for_a_batch_has_an_end(make, wait_until):
    batcher, _, free, _ = make(Doubled(), max_waiting=1)
    threads, results = in_threads([asked(batcher, 1), asked(batcher, 2)])
    wait_until(lambda: batcher._waiting == 2)
    with pytest.raises(ServingError, match="busy") as raised:
        asked(batcher, 3)()
    assert raised.value.code == "RESOURCE_EXHAUSTED"
    free()
    for thread in threads:
        thread.join()
    assert [r["y"].tolist() for r in results] == [[2], [4]]


def test_a_request_gives_up_at_its_deadline(make, wait_until):
    batcher, _, free, _ = make(Doubled())
    threads, results = in_threads([asked(batcher, 1)])
    wait_until(lambda: batcher._waiting == 1)
    with pytest.raises(ServingError, match="deadline") as raised:
        asked(batcher, 2, deadline=soon(0.05))()
    assert raised.value.code == "DEADLINE_EXCEEDED"
    free()
    threads[0].join()
    assert results[0]["y"].tolist() == [2]


def test_a_gate_lets_in_in_order(wait_until):
    gate = RequestGate(1, 10)
    order = []

    def enter(number):
        with gate.admitted(soon()):
            order.append(number)

    with gate.admitted(soon()):
        threads = []
        for number in range(5):
            threads += in_threads([lambda number=number: enter(number)])[0]
            wait_until(lambda number=number: gate.waiting == number + 1)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == list(range(5))
    assert (gate.running, gate.waiting) == (0, 0)


def test_a_gate_turns_away():
    gate = RequestGate(1, 0)
    with (
        gate.admitted(soon()),
        pytest.raises(ServingError, match="busy"),
        gate.admitted(soon()),
    ):
        pass
    with gate.admitted(soon()):
        pass
    gate = RequestGate(1, 1)
    with (
        gate.admitted(soon()),
        pytest.raises(ServingError, match="until the request's deadline"),
        gate.admitted(soon(0.01)),
    ):
        pass
    assert (gate.running, gate.waiting) == (0, 0)


def test_a_place_is_left_if_the_body_fails():
    gate = RequestGate(1, 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.admitted(soon()):
            raise ZeroDivisionError


def test_options():
    with pytest.raises(ValueError, match="max_rows=0"):
        BatchingOptions(max_rows=0)
    with pytest.raises(ValueError, match="max_delay=-1"):
        BatchingOptions(max_delay=-1)


def test_a_server_that_batches(limited):
    manager, _, _ = limited(batching=BatchingOptions(64, 0.0), max_running=1)
    tasks = [
        lambda n=n: manager.predict("half_plus_two", {"x": np.float32([n])})
        for n in range(30)
    ]
    tasks[7] = lambda: manager.predict(
        "half_plus_two", {"x": np.float32([-1])}, signature="root"
    )
    threads, results = in_threads(tasks)
    for thread in threads:
        thread.join()
    assert isinstance(results.pop(7), ServingError)
    numbers = [n for n in range(30) if n != 7]
    assert [r[0]["y"].tolist() for r in results] == [[n / 2 + 2] for n in numbers]
    assert "vaezoo_batch_rows_count" in manager.metrics.text()
