"""How a command measures likelihoods."""

import argparse
from pathlib import Path
from typing import Any

from vaezoo.cli.command import positive_integer, seed

_MEGABYTE = 2**20


def add_likelihood_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `evaluate_likelihood`.

    Args:
        parser: A command's parser.
    """
    parser.add_argument(
        "--num-samples",
        type=positive_integer,
        default=100,
        metavar="K",
        help="importance samples an image (default: %(default)s); cards use 5000",
    )
    parser.add_argument(
        "--correction-images",
        type=positive_integer,
        metavar="N",
        help="K samples of the first N images only, and fewer of all, for decoders "
        "that are too dear",
    )
    parser.add_argument(
        "--correction-samples",
        type=positive_integer,
        default=100,
        metavar="K",
        help="importance samples of every image in that case (default: %(default)s)",
    )
    parser.add_argument(
        "--memory-limit",
        type=positive_integer,
        metavar="MB",
        help="memory that the importance samples may take",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="keep what is done there; the same command continues",
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="seed of the samples (default: 0)"
    )


def likelihood_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments of `evaluate_likelihood` and `compare`.

    Args:
        arguments: What `add_likelihood_arguments` parsed.
    """
    limit = arguments.memory_limit
    return {
        "num_samples": arguments.num_samples,
        "correction_images": arguments.correction_images,
        "correction_samples": arguments.correction_samples,
        "memory_limit": None if limit is None else limit * _MEGABYTE,
        "checkpoint": arguments.checkpoint,
        "seed": arguments.seed,
    }
