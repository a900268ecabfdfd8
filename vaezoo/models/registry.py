"""The families by name."""

from collections.abc import Callable

_FAMILIES: dict[str, type] = {}


def register_family(cls: type) -> type:
    """Class decorator: makes a VAE family known to `families` and to the tests.

    A registered family can be built with `cls(image_shape=..., latent_dim=...)`.

    Args:
        cls: A subclass of `vaezoo.VAE`.

    Returns:
        The class.
    """
    _FAMILIES[cls.__name__] = cls
    return cls


def families() -> dict[str, Callable]:
    """The registered families, by class name."""
    return dict(sorted(_FAMILIES.items()))
