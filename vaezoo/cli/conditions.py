"""The condition of conditional models, from the command line and from data."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from vaezoo.data import ImageData
    from vaezoo.models import VAE


def sample_condition(model: "VAE", label: int | None, n: int) -> "np.ndarray | None":
    """The condition of `n` samples: one label, or all of them in turn.

    Args:
        model: The model.
        label: The label that was asked for, if one was.
        n: Number of samples.

    Returns:
        Labels `(n,)`; None for a model without a condition.

    Raises:
        ValueError: If the label is no class of the model, or the model takes something
            else than labels.
    """
    from vaezoo.models import Labels

    if isinstance(model.condition, Labels):
        if label is None:
            return model.condition.cycle(n)
        return model.condition.check(label, n)
    if label is not None:
        raise ValueError(
            f"Expected no label: {_name(model)} does not take labels. "
            f"Received: --label {label}"
        )
    if model.conditional:
        raise ValueError(
            f"Expected a model that takes labels or nothing; in Python, "
            f"`model.sample({n}, y=...)` takes any condition. "
            f"Received: {_name(model)}, which takes {model.condition}"
        )
    return None


def data_condition(model: "VAE", data: "ImageData") -> Any:
    """See `vaezoo.evaluation.data_condition`, imported when it is called."""
    from vaezoo.evaluation.data_condition import data_condition

    return data_condition(model, data)


def _name(model: "VAE") -> str:
    return f"the {type(model).__name__} {model.name!r}"
