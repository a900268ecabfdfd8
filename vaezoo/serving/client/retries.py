"""Sending again what a busy server refused."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from vaezoo.serving.client.request_error import RequestError

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_MAX_RETRIES = 6

Result = TypeVar("Result")


def with_retries(send: Callable[[float], Result], timeout: float) -> Result:
    """Sends a request, and again while the server is too busy to look at it.

    Waits double from one time to the next, are longer if the server says so, and are
    of random length, so that many clients do not come back at once.

    Args:
        send: Sends the request within the seconds it is given.
        timeout: Seconds for everything.

    Returns:
        What `send` returns.

    Raises:
        RequestError: If `send` does and it is of no use to try again, or not before the
            time is over.
    """
    deadline = time.monotonic() + timeout
    for attempt in range(_MAX_RETRIES + 1):
        try:
            return send(max(deadline - time.monotonic(), 0.001))
        except RequestError as error:
            if error.retry_after is None or attempt == _MAX_RETRIES:
                raise
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
            wait = max(error.retry_after, wait * random.uniform(0.5, 1.0))
            if time.monotonic() + wait >= deadline:
                raise
            time.sleep(wait)
    raise AssertionError("unreachable")
