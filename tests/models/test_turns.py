import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import tensorflow as tf

from vaezoo.models.turns import Turns

SECONDS = 60  # no test waits that long, unless calls wait for each other for ever


class TemporaryVariable:
    """As TensorFlow's: whoever finds that it is there already fails."""

    def __init__(self):
        self.calls, self.together = 0, 0
        self._there = threading.Lock()
        self._both = threading.Barrier(2)

    def __call__(self):
        self.calls += 1
        meet = self.calls <= 2
        if not self._there.acquire(blocking=False):
            self.together += 1
            self._both.wait(SECONDS)
            raise tf.errors.AlreadyExistsError(None, None, "Resource tmp_var")
        try:
            if meet:
                self._both.wait(SECONDS)
        finally:
            self._there.release()
        return "done"


def test_calls_that_meet_are_made_again_and_in_turn_from_then_on():
    turns, variable = Turns(), TemporaryVariable()
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: turns(variable), range(2), timeout=SECONDS))
    assert results == ["done"] * 2
    assert (variable.together, variable.calls) == (1, 3)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: turns(variable), range(200), timeout=SECONDS))
    assert results == ["done"] * 200
    assert variable.together == 1


def test_calls_run_side_by_side_as_long_as_nothing_fails():
    turns, both = Turns(), threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        arrived = pool.map(lambda _: turns(lambda: both.wait(SECONDS)), range(2))
        assert sorted(arrived) == [0, 1]


def test_a_call_that_fails_alone_fails():
    turns, calls = Turns(), []

    def call():
        calls.append(len(calls))
        raise tf.errors.NotFoundError(None, None, "no such file")

    for _ in range(2):
        with pytest.raises(tf.errors.NotFoundError, match="no such file"):
            turns(call)
    assert len(calls) == 3  # twice at first: another call might have been to blame


def test_other_errors_are_passed_on_at_once():
    turns, calls = Turns(), []

    def call():
        calls.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        turns(call)
    assert calls == [1]
    assert turns(lambda: 5) == 5
