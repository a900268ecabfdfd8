"""Export for TensorFlow Serving, and the proof that it serves."""

from vaezoo.backend import require_tensorflow

require_tensorflow()

from vaezoo.serving.export import export as export  # noqa: E402
from vaezoo.serving.session import ServingSession as ServingSession  # noqa: E402
from vaezoo.serving.session import TensorDescription as TensorDescription  # noqa: E402
from vaezoo.serving.verification import check_export as check_export  # noqa: E402
from vaezoo.serving.warmup import (  # noqa: E402
    read_warmup_requests as read_warmup_requests,
)
