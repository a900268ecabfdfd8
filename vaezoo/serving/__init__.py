"""Export for TensorFlow Serving, the proof that it serves, a server, and a client.

The client works where there is no TensorFlow: every name is fetched at its first use.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo.serving.client import Client as Client
    from vaezoo.serving.client import RequestError as RequestError
    from vaezoo.serving.export import export as export
    from vaezoo.serving.operation_files import OperationFiles as OperationFiles
    from vaezoo.serving.operation_files import (
        write_operation_files as write_operation_files,
    )
    from vaezoo.serving.serving_error import ServingError as ServingError
    from vaezoo.serving.session import ServingSession as ServingSession
    from vaezoo.serving.tensor_description import TensorDescription as TensorDescription
    from vaezoo.serving.tflite import export_tflite as export_tflite
    from vaezoo.serving.tflite import tflite_interpreter as tflite_interpreter
    from vaezoo.serving.verification import check_export as check_export
    from vaezoo.serving.version_status import VersionStatus as VersionStatus
    from vaezoo.serving.warmup import read_warmup_requests as read_warmup_requests

# The module of each name.
_NAMES = {
    "Client": "client",
    "OperationFiles": "operation_files",
    "RequestError": "client",
    "ServingError": "serving_error",
    "ServingSession": "session",
    "TensorDescription": "tensor_description",
    "VersionStatus": "version_status",
    "check_export": "verification",
    "export": "export",
    "export_tflite": "tflite",
    "read_warmup_requests": "warmup",
    "tflite_interpreter": "tflite",
    "write_operation_files": "operation_files",
}
_WITHOUT_TENSORFLOW = {
    "client",
    "operation_files",
    "serving_error",
    "tensor_description",
    "version_status",
}


class _Room(ModuleType):
    """`export` is the function, also after Python has imported its module."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "export" and isinstance(value, ModuleType):
            value = value.export
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'vaezoo.serving' has no attribute {name!r}")
    if _NAMES[name] not in _WITHOUT_TENSORFLOW:
        from vaezoo.backend import require_tensorflow

        require_tensorflow()
    value = getattr(importlib.import_module(f"vaezoo.serving.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
