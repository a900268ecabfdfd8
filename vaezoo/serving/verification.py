"""The proof of an export: it runs in the server's runtime and draws what it should."""

import os

import numpy as np

from vaezoo.serving.golden import read_golden
from vaezoo.serving.session import ServingSession
from vaezoo.serving.warmup import read_warmup_requests

_TOLERANCE = 1e-4


def check_export(folder: str | os.PathLike[str]) -> None:
    """Loads a version folder as TensorFlow Serving does and replays what it holds.

    Every warm-up request must give finite numbers; the golden seeds must give the
    samples, and the golden images the reconstructions, that they gave at export.

    Args:
        folder: The version folder.

    Raises:
        RuntimeError: If a result is not what it should be.
        OSError: If a file is missing or damaged.
    """
    with ServingSession(folder) as served:
        for signature, inputs in read_warmup_requests(folder):
            for name, value in served.run(signature, inputs).items():
                finite = value.dtype.kind not in "fc" or np.isfinite(value).all()
                if len(value) != 1 or not finite:
                    raise RuntimeError(
                        f"Expected one row of finite numbers as `{name}` of signature "
                        f"{signature!r}. Received: {value!r}"
                    )
        golden = read_golden(folder)
        received = {
            **served.run("sample", {"seed": golden["seed"]}),
            **served.run("serving_default", {"image": golden["image"]}),
        }
    for name, values in received.items():
        error = float(np.abs(values - golden[name]).max())
        if not error <= _TOLERANCE:
            raise RuntimeError(
                f"Expected the golden outputs to within {_TOLERANCE}. "
                f"Received: `{name}` differs by {error:g} in {os.fspath(folder)!r}"
            )
