"""TFP distributions that Keras takes for tensors.

Keras 3 lets a layer return and receive only tensors. `as_tensor_like` gives a TFP
distribution a second base class, so that it stays the distribution it was
(`isinstance`, `log_prob`, KL, composite tensor) and is also accepted wherever a tensor
is: as the output of a Functional model, as the input of the next layer, in arithmetic.
Asked for its value, it converts itself once, by sampling unless told otherwise.
"""

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.framework import type_spec_registry

from vaezoo.layers.conversion import is_named

tfd = tfp.distributions

ConvertFn = Callable[[tfd.Distribution], tf.Tensor]


class TensorLike(tf.__internal__.types.Tensor):
    """What a distribution needs to pass for the tensor of one value of itself.

    The base class is the one by which `tf.is_tensor`, and with it Keras, tells tensors
    from other objects.
    """

    _convert_to_tensor_fn: staticmethod = staticmethod(tfd.Distribution.sample)
    # As for tensors: NumPy leaves `array - distribution` to `__rsub__`.
    __array_priority__ = 100

    @property
    def shape(self) -> tf.TensorShape:
        """Static shape of the value: batch shape, then event shape, as a rule.

        A conversion of one's own may make something else, such as several samples.
        """
        if not is_named(type(self)._convert_to_tensor_fn):
            return self.value().shape
        return self.batch_shape.concatenate(self.event_shape)

    @property
    def ndim(self) -> int:
        """Rank of one value."""
        return self.shape.rank

    def value(self) -> tf.Tensor:
        """The tensor this distribution converts to; the same one at every call."""
        cached = self.__dict__.get("_value")
        if cached is None:
            cached = tf.convert_to_tensor(type(self)._convert_to_tensor_fn(self))
            # Not through setattr: TFP would track the tensor as a part of the module.
            self.__dict__["_value"] = cached
        return cached

    def numpy(self) -> np.ndarray:
        """The value as an array; in eager mode only."""
        return self.value().numpy()

    def __tf_tensor__(
        self, dtype: tf.DType | None = None, name: str | None = None
    ) -> tf.Tensor:
        return tf.convert_to_tensor(self.value(), dtype, name=name)

    def __array__(
        self, dtype: np.dtype | None = None, copy: bool | None = None
    ) -> np.ndarray:
        return np.asarray(self.numpy(), dtype)


def _binary(name: str) -> Callable[[Any, Any], tf.Tensor]:
    operation = getattr(operator, name)
    return lambda self, other: operation(self.value(), other)


def _reflected(name: str) -> Callable[[Any, Any], tf.Tensor]:
    operation = getattr(operator, name)
    return lambda self, other: operation(other, self.value())


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(TensorLike, f"__{_name}__", _binary(_name))
    setattr(TensorLike, f"__r{_name}__", _reflected(_name))
for _name in ("lt", "le", "gt", "ge"):
    setattr(TensorLike, f"__{_name}__", _binary(_name))
TensorLike.__neg__ = lambda self: -self.value()
TensorLike.__abs__ = lambda self: abs(self.value())


@functools.cache
def _tensor_like_class(distribution_class: type, convert: ConvertFn) -> type:
    # The conversion is an attribute of the class because a composite tensor that comes
    # out of a `tf.function` is rebuilt from its class and parameters alone.
    with names_of_types_kept():
        return type(distribution_class)(
            distribution_class.__name__,
            (distribution_class, TensorLike),
            {
                "__module__": distribution_class.__module__,
                "__doc__": distribution_class.__doc__,
                "_convert_to_tensor_fn": staticmethod(convert),
            },
        )


@contextlib.contextmanager
def names_of_types_kept() -> Iterator[None]:
    """Lets a new class share the name under which exports know TFP's own class.

    TFP registers a class that becomes a composite tensor by its name, and takes the
    name away from a class that had it. Without a name, a type cannot be exported: not
    TFP's class inside of a mixture, nor the one of another conversion. So the name
    goes back to its first owner, which is what an export is loaded as, in processes
    that know nothing of the new class too.
    """
    # TensorFlow has no public way to it; TFP uses these two as well.
    owners = type_spec_registry._NAME_TO_TYPE_SPEC
    names = type_spec_registry._TYPE_SPEC_TO_NAME
    before = dict(owners)
    yield
    for name, owner in before.items():
        if owners[name] is not owner:
            owners[name], names[owner] = owner, name


def as_tensor_like(
    distribution: tfd.Distribution,
    convert_to_tensor_fn: ConvertFn = tfd.Distribution.sample,
) -> tfd.Distribution:
    """Makes a TFP distribution acceptable wherever Keras expects a tensor.

    Args:
        distribution: A TFP distribution that nobody else holds: it is changed in place.
        convert_to_tensor_fn: How the distribution becomes a tensor where one is needed.

    Returns:
        The same object, now also a `TensorLike`.

    Raises:
        TypeError: If `distribution` is not a TFP distribution.
    """
    if not isinstance(distribution, tfd.Distribution):
        raise TypeError(
            "Expected a TensorFlow Probability distribution. "
            f"Received: {distribution!r} of type {type(distribution).__name__}"
        )
    if not isinstance(distribution, TensorLike):
        cls = _tensor_like_class(type(distribution), convert_to_tensor_fn)
        distribution.__class__ = cls
    return distribution


def plain_copy(distribution: tfd.Distribution) -> tfd.Distribution:
    """A shallow copy that is of TFP's own class, whatever the original passes for.

    Args:
        distribution: A TFP distribution.

    Returns:
        The copy, which nobody else holds.
    """
    cls = type(distribution)
    # Not copy.copy, which TFP's classes do not take part in.
    plain = object.__new__(cls.__bases__[0] if issubclass(cls, TensorLike) else cls)
    plain.__dict__.update(distribution.__dict__)
    plain.__dict__.pop("_value", None)
    return plain
