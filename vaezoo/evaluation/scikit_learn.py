"""scikit-learn, which only some measures need."""

import importlib
from types import ModuleType


def import_scikit_learn(module: str) -> ModuleType:
    """Returns a module of scikit-learn.

    Args:
        module: Its name without the package, such as "linear_model".

    Raises:
        ImportError: If scikit-learn is not installed.
    """
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError as error:
        raise ImportError(
            "Expected scikit-learn, which this measure needs: "
            f"pip install 'vaezoo[evaluation]'. Received: {error}"
        ) from error
