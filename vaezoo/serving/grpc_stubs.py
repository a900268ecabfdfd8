"""gRPC, and the stubs of TensorFlow Serving's services: the extra [serving].

Raises:
    ImportError: On import, if the extra is not installed; it says how to.
"""

try:
    import grpc as grpc
    from tensorflow_serving.apis import get_model_metadata_pb2 as get_model_metadata_pb2
    from tensorflow_serving.apis import get_model_status_pb2 as get_model_status_pb2
    from tensorflow_serving.apis import model_pb2 as model_pb2
    from tensorflow_serving.apis import model_service_pb2_grpc as model_service_pb2_grpc
    from tensorflow_serving.apis import predict_pb2 as predict_pb2
    from tensorflow_serving.apis import (
        prediction_service_pb2_grpc as prediction_service_pb2_grpc,
    )
except ImportError as error:
    raise ImportError(
        "Expected the stubs of TensorFlow Serving, for gRPC: "
        f"pip install 'vaezoo[serving]'. Received: {error}"
    ) from error
