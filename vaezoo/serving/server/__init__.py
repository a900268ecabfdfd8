"""The local server: exported models over TensorFlow Serving's own wire contract."""

from vaezoo.serving.server.access_log import AccessLog as AccessLog
from vaezoo.serving.server.batching_options import BatchingOptions as BatchingOptions
from vaezoo.serving.server.metrics import ServerMetrics as ServerMetrics
from vaezoo.serving.server.model_manager import ModelManager as ModelManager
from vaezoo.serving.server.rest_server import RestServer as RestServer
from vaezoo.serving.server.server_limits import ServerLimits as ServerLimits
from vaezoo.serving.serving_error import ServingError as ServingError
from vaezoo.serving.version_status import VersionStatus as VersionStatus
