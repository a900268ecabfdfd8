"""The error for a name that no model has."""

import difflib
from collections.abc import Sequence


class UnknownModelError(ValueError):
    """No model has this name.

    Args:
        name: The name asked for.
        known: The names there are.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        near = difflib.get_close_matches(name.lower(), self.known, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        super().__init__(
            "Expected the name of a model or the path of a model folder; "
            "`vaezoo.list_models()` and `vaezoo list` show the names."
            f"{hint} Received: {name!r}"
        )

    def __reduce__(self) -> tuple:
        return type(self), (self.name, self.known)
