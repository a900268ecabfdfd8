"""The dtype policy of the layers that a model makes."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


@contextlib.contextmanager
def dtype_scope(dtype: Any) -> Iterator[None]:
    """Makes a model's `dtype` argument that of the layers that are made inside.

    Without it the networks of a model that was trained in mixed precision would come
    back in whatever precision is the default when it is loaded.

    Args:
        dtype: A policy, its name or its serialized form; None for the default.
    """
    before = keras.config.dtype_policy()
    if dtype is not None:
        keras.config.set_dtype_policy(keras.dtype_policies.get(dtype))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
