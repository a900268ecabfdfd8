"""A bar of how many images are done, with the time left."""

import datetime
import time
from types import TracebackType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
)


class ImageProgress:
    """A progress bar; the time left follows from what was done since it began.

    Args:
        title: What is done.
        total: Number of images.
        done: Images that were done before.
        show: Whether anything is shown.
    """

    def __init__(
        self, title: str, total: int, done: int = 0, show: bool = True
    ) -> None:
        self._total, self._before, self._done = total, done, done
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            disable=not show,
        )
        self._task = self._progress.add_task(
            title, total=total, completed=done, left=""
        )

    def __enter__(self) -> "ImageProgress":
        self._start = time.monotonic()
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def update(self, done: int) -> None:
        """Shows how many images are done by now."""
        self._done = done
        left = f"{datetime.timedelta(seconds=round(self.seconds_left))} left"
        self._progress.update(self._task, completed=done, left=left)

    @property
    def seconds_left(self) -> float:
        """At the mean speed since the start; NaN before anything was done."""
        here = self._done - self._before
        if not here:
            return float("nan")
        return (time.monotonic() - self._start) / here * (self._total - self._done)
