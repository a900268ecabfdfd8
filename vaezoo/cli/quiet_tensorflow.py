"""TensorFlow without its messages at import."""

import os
import sys
import tempfile

from vaezoo.cli.spinner import spinner


def import_tensorflow() -> None:
    """Imports TensorFlow and holds back what its libraries print meanwhile.

    They write to the process's standard error before logging can be configured. If the
    import fails, what they said is shown.
    """
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    shown = os.dup(2)
    with spinner("Starting TensorFlow"), tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            import tensorflow  # noqa: F401
        except BaseException:
            held_back.seek(0)
            os.write(shown, held_back.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
