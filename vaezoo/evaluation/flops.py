"""Floating-point operations of a traced graph."""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
# What these do, they do a number of times that no graph says.
_BRANCHES = frozenset(
    {
        "Case",
        "For",
        "If",
        "StatelessCase",
        "StatelessIf",
        "StatelessWhile",
        "While",
    }
)


def count_flops(function: Callable, *inputs: tf.TensorSpec) -> int:
    """Floating-point operations of matrix products and convolutions in a function.

    A multiplication and the addition that goes with it are two operations. Everything
    that is done once an element (biases, activations, normalization) is left out: it is
    about a hundredth of a dense or convolutional network. A transposed convolution has
    the operations of the convolution that it transposes.

    Args:
        function: From tensors to tensors; it is traced, and not run.
        *inputs: Shape and type of each argument, with the size of the batch.

    Returns:
        The number for one call.

    Raises:
        ValueError: If the graph has loops or branches, or a product whose shape is not
            known, so that there is no one number.
    """
    traced = tf.function(function, autograph=False).get_concrete_function(*inputs)
    return _graph_flops(traced.graph)


def _graph_flops(graph: tf.Graph) -> int:
    return sum(_flops(op) for op in graph.get_operations())


def _flops(op: tf.Operation) -> int:
    if op.type in _BRANCHES:
        raise ValueError(
            "Expected a graph without loops and branches, whose operations can be "
            f"counted. Received: {op.type} {op.name!r}"
        )
    if op.type in _CALLS:
        # Keras's grouped convolutions, for one, are compiled by themselves.
        return _graph_flops(op.graph._get_function(op.get_attr("f").name).graph)
    count = _COUNTS.get(op.type)
    return 2 * count(op) if count else 0


def _matrix_product(op: tf.Operation) -> int:
    left = _shape(op, op.inputs[0])
    return math.prod(_shape(op, op.outputs[0])) * left[0 if _transposed(op) else -1]


def _batched_product(op: tf.Operation) -> int:
    left = _shape(op, op.inputs[0])
    return math.prod(_shape(op, op.outputs[0])) * left[-2 if _transposed(op) else -1]


def _transposed(op: tf.Operation) -> bool:
    names = set(op.node_def.attr)
    return bool(op.get_attr("transpose_a" if "transpose_a" in names else "adj_x"))


def _einsum(op: tf.Operation) -> int:
    """One multiplication for each combination of all letters."""
    equation = op.get_attr("equation").decode()
    terms = equation.partition("->")[0].split(",")
    if "." in equation:
        raise ValueError(
            "Expected an einsum whose indices are all named. "
            f"Received: {equation!r} in {op.name!r}"
        )
    sizes: dict[str, int] = {}
    for letters, tensor in zip(terms, op.inputs, strict=True):
        sizes |= zip(letters, _shape(op, tensor), strict=True)
    return math.prod(sizes.values()) if len(terms) > 1 else 0


def _convolution(op: tf.Operation) -> int:
    """Each output is a sum over the kernel's window and its input channels."""
    kernel = _shape(op, op.inputs[1])
    return math.prod(_shape(op, op.outputs[0])) * math.prod(kernel[:-1])


def _depthwise(op: tf.Operation) -> int:
    kernel = _shape(op, op.inputs[1])
    return math.prod(_shape(op, op.outputs[0])) * math.prod(kernel[:-2])


def _transposed_convolution(op: tf.Operation) -> int:
    """Each input is multiplied with the kernel's window, for each output channel."""
    kernel = _shape(op, op.inputs[1])
    return math.prod(_shape(op, op.inputs[2])) * math.prod(kernel[:-1])


def _shape(op: tf.Operation, tensor: tf.Tensor) -> list[int]:
    shape = tensor.shape
    if not shape.is_fully_defined():
        raise ValueError(
            "Expected a graph whose products have known shapes. "
            f"Received: {op.type} {op.name!r} with {shape}"
        )
    return shape.as_list()


_COUNTS: dict[str, Callable[[Any], int]] = {
    "BatchMatMul": _batched_product,
    "BatchMatMulV2": _batched_product,
    "BatchMatMulV3": _batched_product,
    "Conv2D": _convolution,
    "Conv2DBackpropInput": _transposed_convolution,
    "Conv3D": _convolution,
    "Conv3DBackpropInputV2": _transposed_convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Einsum": _einsum,
    "MatMul": _matrix_product,
}
