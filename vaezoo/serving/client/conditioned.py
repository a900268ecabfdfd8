"""Calls with the condition of a conditional model, whatever it is called."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vaezoo.row_seeds import standardize_seeds
from vaezoo.serving.client.arguments import condition_input
from vaezoo.serving.client.batches import Arrays
from vaezoo.serving.client.calls import Calls
from vaezoo.serving.client.signatures import Signature


def run_conditioned(
    calls: Calls,
    name: str,
    values: Mapping[str, Any],
    y: Any,
    max_rows: int | None = None,
) -> Arrays:
    """Runs a signature on rows and their conditions.

    Args:
        calls: Calls of a model.
        name: The signature's name.
        values: Its inputs but for the condition.
        y: The condition; None for a model without one.
        max_rows: Rows a request; None for as many as otherwise.

    Returns:
        The outputs.

    Raises:
        ValueError: If the arguments do not fit the model.
        RequestError: If the server does not answer with outputs.
    """

    def inputs(signature: Signature) -> dict[str, Any]:
        count = len(next(iter(values.values())))
        return {**values, **_named(condition_input(y, signature, count))}

    return _answered(calls.run(name, inputs, max_rows), y)


def run_drawing(
    calls: Calls, name: str, n: int | None, seed: int | Sequence[int] | None, y: Any
) -> Arrays:
    """Runs a signature that draws something of seeds; arguments as of `model.sample`.

    Args:
        calls: Calls of a model.
        name: The signature's name.
        n: How many rows.
        seed: An integer, or one integer a row.
        y: The condition; None for a model without one.

    Returns:
        The outputs.

    Raises:
        ValueError: If the arguments do not fit the model.
        RequestError: If the server does not answer with outputs.
    """
    seed = secrets.randbits(63) if seed is None else seed

    def inputs(signature: Signature) -> dict[str, Any]:
        condition, count = condition_input(y, signature, None), n
        if condition and n is None and np.ndim(seed) == 0:
            count = len(condition[1])
        seeds = standardize_seeds(seed, count)
        return {"seed": seeds, **_named(condition_input(y, signature, len(seeds)))}

    return _answered(calls.run(name, inputs), y)


def _named(condition: tuple[str, np.ndarray] | None) -> dict[str, np.ndarray]:
    return {} if condition is None else dict([condition])


def _answered(outputs: Arrays, y: Any) -> Arrays:
    """The outputs; a served model's word for a label that is no class is NaN."""
    y = np.asarray(y)
    if y.dtype.kind not in "iu" or y.ndim > 2:
        return outputs
    for value in outputs.values():
        if value.dtype.kind == "f":
            missing = np.isnan(value.reshape(len(value), -1)).all(axis=1)
            labels = np.broadcast_to(y.reshape(-1), len(value))[missing]
            if len(labels):
                shown = ", ".join(map(str, np.unique(labels)[:5]))
                raise ValueError(
                    "Expected labels that the model knows; it has no answer (NaN) for "
                    f"others. Received: labels {shown} among them"
                )
    return outputs
