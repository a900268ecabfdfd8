"""Distributions that are built when somebody looks into them."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.tensor_like import names_of_types_kept

tfd = tfp.distributions


def deferred(
    distribution_class: type,
    build: Callable[[], tfd.Distribution],
    known: dict[str, tf.Tensor] | None = None,
) -> tfd.Distribution:
    """A distribution whose making waits for its first use.

    To make one takes TFP a few milliseconds, ten times what a network takes for one
    image. The object is of the distribution's class all the while, and is the
    distribution itself from the first use on.

    Args:
        distribution_class: What `build` will return an instance of.
        build: Makes the distribution; called once at most.
        known: What methods without arguments, such as `mean`, return: asking for these
            builds nothing.

    Returns:
        The distribution, to be.
    """
    waiting = object.__new__(_waiting_class(distribution_class))
    # Not through setattr, which TFP's modules listen to.
    object.__getattribute__(waiting, "__dict__").update(
        _build=build, _known=known or {}
    )
    return waiting


@functools.cache
def _waiting_class(distribution_class: type) -> type:
    with names_of_types_kept():
        return type(distribution_class)(
            distribution_class.__name__,
            (distribution_class,),
            {
                "__module__": distribution_class.__module__,
                "__doc__": distribution_class.__doc__,
                "__getattribute__": _first_use,
            },
        )


def _first_use(waiting: tfd.Distribution, name: str) -> Any:
    """The attribute of what is built now, unless its value is known."""
    state = object.__getattribute__(waiting, "__dict__")
    if name == "__class__":
        return object.__getattribute__(waiting, name)
    known = state["_known"].get(name) if "_known" in state else None
    if known is not None:
        return functools.partial(_known_value, waiting, name, known)
    _become_built(waiting, state)
    return getattr(waiting, name)


def _known_value(
    waiting: tfd.Distribution, method: str, value: tf.Tensor, **kwargs: Any
) -> tf.Tensor:
    if not kwargs or set(kwargs) == {"name"}:
        return value
    _become_built(waiting, object.__getattribute__(waiting, "__dict__"))
    return getattr(waiting, method)(**kwargs)


def _become_built(waiting: tfd.Distribution, state: dict[str, Any]) -> None:
    build = state.get("_build")
    if build is None:  # It was, by a call that `_known_value` was kept for.
        return
    # Built outside of a graph that asks first: its tensors outlive that graph.
    # (In eager mode, that scope would hide it from a gradient tape.)
    eager = tf.executing_eagerly()
    with contextlib.nullcontext() if eager else tf.init_scope():
        distribution = build()
    object.__setattr__(waiting, "__class__", type(distribution))
    state.clear()
    state.update(distribution.__dict__)
