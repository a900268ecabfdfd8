"""The check that a configuration names nothing but known classes."""

import sys
import types
from collections.abc import Iterator
from typing import Any

import keras

from vaezoo.zoo.strict_json import check_nesting

# Where Keras looks for functions that a configuration names.
_FUNCTION_MODULES = (
    "keras.activations",
    "keras.constraints",
    "keras.initializers",
    "keras.losses",
    "keras.metrics",
    "keras.regularizers",
)

# Plain values that JSON has no notation for.
_VALUES = (
    "__bytes__",
    "__ellipsis__",
    "__keras_tensor__",
    "__numpy__",
    "__slice__",
    "__tensor__",
)

# These run code of the file, or read other files that it names.
_REFUSED = (
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
)


def check_config(config: Any) -> None:
    """Checks every class and function that a serialized Keras object refers to.

    Allowed are Keras's own modelling classes and functions, apart from those that run
    code or read files, and whatever was registered with
    `keras.saving.register_keras_serializable` or a custom object scope. Nothing is
    imported, built or called.

    Args:
        config: Parsed JSON, as of `keras.saving.serialize_keras_object`.

    Raises:
        ValueError: If something else is referred to; the message names it.
    """
    check_nesting(config)
    for node in _nodes(config):
        class_name = node["class_name"]
        if not isinstance(class_name, str) or "config" not in node:
            raise ValueError(f"an object has no class name or no config: {_name(node)}")
        if class_name in _VALUES:
            continue
        if class_name == "function":
            _check_function(node)
        elif not _is_registered(node) and not _is_keras_class(node):
            raise ValueError(_refusal(node))


def registered_objects(config: Any) -> dict[str, Any]:
    """The registered classes and functions that a configuration names.

    Args:
        config: A configuration that `check_config` has passed.

    Returns:
        The objects by their registered name.
    """
    found = {}
    for node in _nodes(config):
        for name in (node.get("registered_name"), node["class_name"], node["config"]):
            known = isinstance(name, str) and keras.saving.get_registered_object(name)
            if known:
                found[name] = known
    return found


def _nodes(config: Any) -> Iterator[dict[str, Any]]:
    """Every object in a configuration, however deep."""
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _is_registered(node: dict[str, Any]) -> bool:
    name = node.get("registered_name", node["class_name"])
    if not isinstance(name, str) or keras.saving.get_registered_object(name) is None:
        return False
    package, _, class_name = name.rpartition(">")
    if package == "vaezoo":
        module = str(node.get("module"))
        return class_name == node["class_name"] and module.startswith("vaezoo.")
    return True


def _is_keras_class(node: dict[str, Any]) -> bool:
    if node.get("registered_name") not in (None, node["class_name"]):
        return False
    cls = _keras_attribute(node.get("module"), node["class_name"])
    kinds = (
        keras.Operation,
        keras.Initializer,
        keras.Loss,
        keras.Metric,
        keras.Optimizer,
        keras.Regularizer,
        keras.DTypePolicy,
        keras.constraints.Constraint,
        keras.optimizers.schedules.LearningRateSchedule,
        keras.dtype_policies.DTypePolicyMap,
        keras.quantizers.Quantizer,
        keras.random.SeedGenerator,
    )
    refused = tuple(
        getattr(keras.layers, name) for name in _REFUSED if hasattr(keras.layers, name)
    )
    return (
        isinstance(cls, type)
        and issubclass(cls, kinds)
        and not issubclass(cls, refused)
    )


def _check_function(node: dict[str, Any]) -> None:
    name, module = node["config"], node.get("module")
    if isinstance(name, str):
        if keras.saving.get_registered_object(name) is not None:
            return
        modules = _FUNCTION_MODULES if module == "builtins" else (module,)
        for candidate in modules:
            function = _keras_attribute(candidate, name)
            if candidate in _FUNCTION_MODULES and isinstance(
                function, types.FunctionType
            ):
                return
    raise ValueError(_refusal({**node, "class_name": name}))


def _keras_attribute(module: Any, name: str) -> Any:
    """What Keras has under this name. All of Keras is imported already."""
    if not isinstance(module, str) or module.split(".")[0] != "keras":
        return None
    return getattr(sys.modules.get(module), name, None)


def _name(node: dict[str, Any]) -> str:
    text = f"{node.get('module')}.{node['class_name']}"
    registered = node.get("registered_name")
    if registered not in (None, node["class_name"]):
        text += f", registered as {registered}"
    return f"{text[:200]!r}"


def _refusal(node: dict[str, Any]) -> str:
    return (
        f"it refers to {_name(node)}, which is neither part of vaezoo nor a safe part "
        "of Keras. If it is a class of yours, or one that you trust, import it before "
        "loading and register it with `keras.saving.register_keras_serializable`"
    )
