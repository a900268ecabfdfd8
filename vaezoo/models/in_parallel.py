"""Two things at a time, in order, and no more than that ahead."""

import collections
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

# TensorFlow's own threads are idle between two calls and where an operation has but
# one: two calls side by side fill these gaps. A third gains nothing.
CALLS = 2


def in_parallel(function: Callable, items: Iterable[Any]) -> Iterator[Any]:
    """Calls a function that leaves the interpreter to others, on two threads.

    Args:
        function: Of one item; it must be safe on a thread of its own.
        items: Taken when their turn comes, at most two before the one that is yielded.

    Yields:
        The results, in the order of the items.
    """
    with ThreadPoolExecutor(CALLS) as pool:
        waiting: collections.deque[Future] = collections.deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > CALLS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # An error, or an interruption, does not wait for what was not begun.
            for future in waiting:
                future.cancel()
