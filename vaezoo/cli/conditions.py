"""The condition of conditional models, from the command line and from data."""

from typing import TYPE_CHECKING

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


def data_condition(model: "VAE", data: "ImageData") -> "np.ndarray | None":
    """What a data set has for the condition of a model: its labels or attributes.

    Args:
        model: The model.
        data: The data.

    Returns:
        One row an image; None for a model without a condition.

    Raises:
        ValueError: If the data have nothing of the kind, or the model takes images.
    """
    from vaezoo.models import Attributes, Labels

    if not model.conditional:
        return None
    found = None
    if isinstance(model.condition, Labels):
        found = data.labels
    elif isinstance(model.condition, Attributes):
        found = data.attributes
    if found is None:
        raise ValueError(
            f"Expected data with a condition for {_name(model)}, which takes "
            f"{model.condition}. Received: {data!r}"
        )
    return found


def _name(model: "VAE") -> str:
    return f"the {type(model).__name__} {model.name!r}"
