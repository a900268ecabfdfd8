"""The verbs on image files: PNG or JPEG in, PNG out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.serving.client.answers import Encoding, encoding
from vaezoo.serving.client.calls import Calls
from vaezoo.serving.client.conditioned import run_conditioned, run_drawing


class PngVerbs:
    """What a model does with files, where it was exported with such signatures.

    The server decodes, resizes and scales what it is sent. All raise ValueError if the
    model has no such signature, or the arguments do not fit, and `RequestError` if the
    server does not answer with outputs.
    """

    _calls: Calls

    def sample_png(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
    ) -> list[bytes]:
        """The images of `sample` as PNG files; arguments as for `sample`."""
        return _files(run_drawing(self._calls, "sample_png", n, seed, y))

    def decode_png(self, z: Any, y: Any = None) -> list[bytes]:
        """The mean images of `decode` as PNG files; arguments as for `decode`."""
        return _files(run_conditioned(self._calls, "decode_png", {"z": z}, y))

    def reconstruct_png(self, files: Sequence[bytes], y: Any = None) -> list[bytes]:
        """Reconstructions of image files as PNG files.

        Args:
            files: PNG or JPEG files, of any size.
            y: The condition, in conditional models.
        """
        values = {"image_bytes": files}
        return _files(run_conditioned(self._calls, "reconstruct_png", values, y))

    def encode_png(
        self, files: Sequence[bytes], y: Any = None
    ) -> Encoding | np.ndarray:
        """What `encode` gives, of image files.

        Args:
            files: PNG or JPEG files, of any size.
            y: The condition, in conditional models.
        """
        values = {"image_bytes": files}
        return encoding(run_conditioned(self._calls, "encode_png", values, y))


def _files(outputs: dict[str, np.ndarray]) -> list[bytes]:
    return outputs["image_bytes"].tolist()
