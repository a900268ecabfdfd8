"""The proof of an export: it runs in the server's runtime and draws what it should."""

import os

import numpy as np

from vaezoo.serving.golden import read_golden
from vaezoo.serving.session import ServingSession
from vaezoo.serving.warmup import read_warmup_requests

_TOLERANCE = 1e-4


def check_export(folder: str | os.PathLike[str]) -> None:
    """Loads a version folder as TensorFlow Serving does and replays what it holds.

    Every warm-up request must give finite numbers, or files; the golden seeds must give
    the samples, and the golden images the reconstructions, that they gave at export.

    Args:
        folder: The version folder.

    Raises:
        RuntimeError: If a result is not what it should be.
        OSError: If a file is missing or damaged.
    """
    with ServingSession(folder) as served:
        for signature, inputs in read_warmup_requests(folder):
            for name, value in served.run(signature, inputs).items():
                if len(value) != 1 or not _is_answer(value):
                    raise RuntimeError(
                        f"Expected one row of finite numbers, or one file, as `{name}` "
                        f"of signature {signature!r}. Received: {value!r}"
                    )
        golden = read_golden(folder)
        received = {}
        for signature in ("sample", "serving_default"):
            if signature not in served.signatures:
                continue  # an autoencoder draws no samples
            inputs = [described.name for described in served.inputs(signature)]
            if missing := sorted(set(inputs) - set(golden)):
                raise RuntimeError(
                    f"Expected golden inputs for signature {signature!r}. "
                    f"Received: none for {', '.join(missing)}"
                )
            received |= served.run(signature, {name: golden[name] for name in inputs})
    for name, values in received.items():
        error = float(np.abs(values - golden[name]).max())
        if not error <= _TOLERANCE:
            raise RuntimeError(
                f"Expected the golden outputs to within {_TOLERANCE}. "
                f"Received: `{name}` differs by {error:g} in {os.fspath(folder)!r}"
            )


def _is_answer(values: np.ndarray) -> bool:
    """Whether no row says that it has no answer, by NaN or by an empty file."""
    if values.dtype == object:
        return all(values.reshape(-1))
    return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())
