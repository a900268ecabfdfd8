"""The messages of TensorFlow Serving's warm-up records.

`tensorflow-serving-api` has them, but is a large dependency for one file. What is
described here is the part that a warm-up record of a predict request uses, with the
field numbers of TensorFlow Serving's `prediction_log.proto`, `predict.proto` and
`model.proto`, in a descriptor pool of its own beside that package's.
"""

from google.protobuf import (
    descriptor,
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from tensorflow.core.framework import tensor_pb2

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "tensorflow.serving"


def _message_classes() -> dict[str, type]:
    pool = descriptor_pool.DescriptorPool()
    _add_file(pool, tensor_pb2.DESCRIPTOR)
    file = descriptor_pb2.FileDescriptorProto(
        name="vaezoo/serving/prediction_log.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[tensor_pb2.DESCRIPTOR.name],
    )
    spec = file.message_type.add(name="ModelSpec")
    _add_string(spec, "name", 1)
    _add_string(spec, "signature_name", 3)
    request = file.message_type.add(name="PredictRequest")
    _add_message(request, "model_spec", 1, f"{_PACKAGE}.ModelSpec")
    entry = request.nested_type.add(name="InputsEntry")
    entry.options.map_entry = True
    _add_string(entry, "key", 1)
    _add_message(entry, "value", 2, "tensorflow.TensorProto")
    inputs = f"{_PACKAGE}.PredictRequest.InputsEntry"
    _add_message(request, "inputs", 2, inputs, repeated=True)
    predict_log = file.message_type.add(name="PredictLog")
    _add_message(predict_log, "request", 1, f"{_PACKAGE}.PredictRequest")
    prediction_log = file.message_type.add(name="PredictionLog")
    prediction_log.oneof_decl.add(name="log_type")
    field = _add_message(prediction_log, "predict_log", 6, f"{_PACKAGE}.PredictLog")
    field.oneof_index = 0
    pool.Add(file)
    return {
        message.name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{message.name}")
        )
        for message in file.message_type
    }


def _add_file(
    pool: descriptor_pool.DescriptorPool, file: descriptor.FileDescriptor
) -> None:
    """Adds a file after the files that it needs."""
    for dependency in file.dependencies:
        _add_file(pool, dependency)
    copy = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(copy)
    pool.Add(copy)


def _add_string(
    message: descriptor_pb2.DescriptorProto, name: str, number: int
) -> None:
    message.field.add(
        name=name, number=number, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL
    )


def _add_message(
    message: descriptor_pb2.DescriptorProto,
    name: str,
    number: int,
    type_name: str,
    repeated: bool = False,
) -> descriptor_pb2.FieldDescriptorProto:
    return message.field.add(
        name=name,
        number=number,
        type=_Field.TYPE_MESSAGE,
        type_name=f".{type_name}",
        label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL,
    )


PredictionLog: type = _message_classes()["PredictionLog"]
