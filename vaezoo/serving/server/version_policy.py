"""Which of a model's versions are served."""

import re
from collections.abc import Collection, Iterable


class VersionPolicy:
    """The versions that are to be served, of those that there are.

    Args:
        text: "latest", "all" or a version's number.
        labelled: Versions that a label names; they are served besides.

    Raises:
        ValueError: If the text is none of these.
    """

    def __init__(self, text: str, labelled: Collection[int] = ()) -> None:
        if text not in ("latest", "all") and not re.fullmatch("[0-9]{1,18}", text):
            raise ValueError(
                f"Expected latest, all or a version's number. Received: {text!r}"
            )
        self._text = text
        self._labelled = frozenset(labelled)

    def choose(self, versions: Iterable[int]) -> set[int]:
        """The versions to be served.

        Args:
            versions: Those that there are.

        Returns:
            Some of them; none if there are none.
        """
        there = set(versions)
        chosen = there & self._labelled
        if self._text == "all":
            return there
        if self._text == "latest":
            return chosen | ({max(there)} if there else set())
        return chosen | (there & {int(self._text)})
