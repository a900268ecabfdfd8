"""Calls side by side, and in turn where they get in each other's way."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import tensorflow as tf

_Result = TypeVar("_Result")

# A sum of large tensors is rewritten by TensorFlow to one that adds into a temporary
# variable, whose name is the same in every call of the graph outside of a session: of
# two calls at a time one finds the other's (tensorflow/tensorflow#25540).
_IN_THE_WAY = (tf.errors.AlreadyExistsError, tf.errors.NotFoundError)


class Turns:
    """Runs calls of one graph, several at a time until that turns out not to do.

    A call that fails because another one is running waits for its end and is made
    again, and from then on there is one at a time.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running = 0
        self._one_at_a_time = False

    def __call__(self, call: Callable[[], _Result]) -> _Result:
        """Makes a call.

        Args:
            call: It must be right to make it once more if it fails.

        Returns:
            What the call returns.
        """
        with self._turn():
            try:
                return call()
            except _IN_THE_WAY:
                if self._one_at_a_time and self._running == 1:
                    raise  # It was alone: this has another reason.
                self._one_at_a_time = True
        with self._turn():
            return call()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(
                lambda: not (self._one_at_a_time and self._running)
            )
            self._running += 1
        try:
            yield
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()
