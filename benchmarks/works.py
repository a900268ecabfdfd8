"""What is measured: each work with its contenders and their settings."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from benchmarks.environments import OWN

# What all contenders of all works have in common.
BATCH_SIZE = 128


@dataclasses.dataclass(frozen=True)
class Entry:
    """One contender of a work.

    Args:
        name: Its name in the results, the library with the variant.
        library: The library; the best of its variants is the one to compare with.
        environment: `OWN`, or a file of `benchmarks/peers/`.
        module: Its worker in `benchmarks/workers/`.
        settings: What it is given beside the settings of the work.
    """

    name: str
    library: str
    environment: str
    module: str
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Work:
    """One work, which all its contenders do.

    Args:
        name: Its name on the command line.
        title: Its name in the table.
        unit: What is counted, such as "images".
        settings: What every contender is given.
        peers: Those that vaezoo is compared with.
    """

    name: str
    title: str
    unit: str
    settings: Mapping[str, Any]
    peers: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that take part, vaezoo first."""
        return (VAEZOO, *self.peers)


VAEZOO = Entry("vaezoo", "vaezoo", OWN, "vaezoo_models")
KERAS_EXAMPLE = Entry("Keras example", "Keras example", OWN, "keras_example")


def _torch(variant: str, library: str = "PyTorch") -> Entry:
    name = "PyTorch " + ", ".join(variant.replace("_", "-").split())
    return Entry(name, library, "torch", "torch_models", {"variant": variant})


def _jax(generator: str, steps: int, **settings: Any) -> Entry:
    loop = f"scan of {steps}" if steps > 1 else "jit"
    return Entry(
        f"JAX {loop}, {generator}",
        "JAX",
        "jax",
        "jax_models",
        {"variant": f"{generator} {steps}", **settings},
    )


def _pythae(name: str = "pythae", **settings: Any) -> Entry:
    return Entry(name, "pythae", "pythae", "pythae_models", settings)


def _matrix_products(variant: str, name: str) -> Entry:
    library = "TensorFlow's bare matrix products"
    return Entry(
        f"{library}, {name}", library, OWN, "matrix_rate", {"variant": variant}
    )


_TF_KERAS = Entry(
    "tf_keras + tfp.layers", "tf_keras + tfp.layers", "tf_keras", "tf_keras_models"
)


def _training(network: str, images: int) -> dict[str, Any]:
    settings = {"task": "training", "network": network, "images": images}
    return {**settings, "batch_size": BATCH_SIZE, "seconds": 1.5}


def _inference(network: str) -> dict[str, Any]:
    settings = {"task": "inference", "network": network, "batches": [256, 1000]}
    return {**settings, "seconds": 0.4}


def _likelihood(network: str, images: int) -> dict[str, Any]:
    return {
        "task": "likelihood",
        "network": network,
        "images": images,
        "samples": 1000,
    }


def _likelihood_peers(images: int) -> tuple[Entry, ...]:
    return (
        _pythae("pythae, as it comes", variant="", chunk=100, images=images),
        _pythae("pythae, no_grad", variant="no_grad", chunk=100, images=images),
        _pythae(
            "pythae, no_grad, 1000 at a time",
            variant="no_grad",
            chunk=1000,
            images=images,
        ),
    )


WORKS = (
    Work(
        "fc_training",
        "FC training, `fit(x)`",
        "images",
        _training("fc", 25_600),
        (
            KERAS_EXAMPLE,
            _TF_KERAS,
            _torch("eager fused"),
            _torch("compile fused"),
            _jax("threefry2x32", 20),
            _jax("unsafe_rbg", 20),
            _pythae(images=6_400),
            _matrix_products("graph", "graph"),
            _matrix_products("xla", "XLA"),
        ),
    ),
    Work(
        "conv_training",
        "Conv training, `fit(x)`",
        "images",
        _training("conv", 5_120),
        (
            KERAS_EXAMPLE,
            _TF_KERAS,
            _torch("eager fused"),
            _torch("channels_last fused"),
            _torch("compile channels_last fused"),
            _jax("threefry2x32", 1, images=256),
            _pythae(images=2_560),
        ),
    ),
    Work(
        "fc_inference",
        "FC",
        "images",
        _inference("fc"),
        (_torch("eager"), _torch("compile"), _torch("compile freezing")),
    ),
    Work(
        "conv_inference",
        "Conv",
        "images",
        _inference("conv"),
        (_torch("eager"), _torch("channels_last"), _torch("compile channels_last")),
    ),
    Work(
        "one_image",
        "One image",
        "calls",
        {"task": "one_image", "seconds": 0.5},
        # Both, and not the better one: eager is what one image is mostly given to.
        (
            _torch("eager", library="PyTorch eager"),
            _torch("compile", library="PyTorch compile"),
            KERAS_EXAMPLE,
        ),
    ),
    Work(
        "fc_likelihood",
        "FC log p(x), k = 1000",
        "samples",
        _likelihood("fc", 100),
        _likelihood_peers(5),
    ),
    Work(
        "conv_likelihood",
        "Conv log p(x), k = 1000",
        "samples",
        _likelihood("conv", 8),
        _likelihood_peers(2),
    ),
    Work(
        "stall",
        "Ends of epochs and fits",
        "fits",
        {
            "task": "stall",
            "network": "fc",
            "images": 640,
            "batch_size": BATCH_SIZE,
            "fits": 20,
            "seconds": 12.0,
        },
        (KERAS_EXAMPLE,),
    ),
)
