"""From a model to the folder that TensorFlow Serving and `vaezoo.load` read."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from vaezoo.integers import is_integer
from vaezoo.models import VAE, Autoencoder
from vaezoo.serving.endpoints import Endpoints
from vaezoo.serving.exportable import (
    check_card_fields,
    check_model,
    model_and_card,
)
from vaezoo.serving.golden import write_golden
from vaezoo.serving.verification import check_export
from vaezoo.serving.warmup import write_warmup_requests
from vaezoo.zoo import (
    atomic_version_folder,
    check_version,
    check_writable,
    rebuilt,
    save_model_files,
    write_card,
)

# `log_prob` takes that many decoded images of memory for each row.
_MAX_LOG_PROB_SAMPLES = 1000


def export(
    model_or_name: VAE | Autoencoder | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    version: int | None = None,
    log_prob_samples: int = 50,
    card: Mapping[str, Any] | None = None,
) -> Path:
    """Writes a model as a version folder, for TensorFlow Serving and `vaezoo.load`.

    `folder/VERSION` appears whole or not at all, and no version is ever overwritten. It
    holds the SavedModel, and in `assets.extra` the configuration, the weights, the
    card, warm-up requests and golden samples. Before it appears, it is loaded in the
    session runtime that the server uses, and warm-up requests and golden samples are
    replayed. The signatures are those of `Endpoints`; `serving_default` is
    `reconstruct`.

    Args:
        model_or_name: The model; it is left as it is. Or the name or folder of one,
            whose card is then kept: all that stays true of the same weights.
        folder: The model's folder; its last part is the model's name in the server.
        version: Number of the version. Default: the highest in `folder` plus one; of
            several exports at a time, each gets a number of its own.
        log_prob_samples: Importance samples k of the signature `log_prob`, which a VAE
            has, at most 1,000. It takes the time and the memory of decoding k images a
            row; the estimate rises towards log p(x) with k.
        card: Fields of `vaezoo.zoo.ModelCard` that only the caller knows:
            `description`, `data`, `training`, `metrics`, `published`, `licence`,
            `data_licence`, `reference`.

    Returns:
        The path `folder/VERSION`.

    Raises:
        TypeError: If it is neither a `vaezoo.VAE` nor a `vaezoo.Autoencoder`, nor the
            name of one.
        UnknownModelError: If there is no model of that name.
        ModelFileError: If a file of the named model is missing or damaged.
        ValueError: If the model cannot be rebuilt from its configuration, has weights
            that are not finite, or an argument is not as described; before any file
            is touched.
        FileExistsError: If the version is there already.
        OSError: If the folder cannot be written.
        RuntimeError: If the exported model does not answer as the model does.
    """
    folder = Path(folder).expanduser()
    name = folder.resolve().name
    samples = _check_samples(log_prob_samples)
    check_writable(folder)
    check_version(folder, version)
    model, kept = model_and_card(model_or_name)
    check_model(model)
    fields = check_card_fields(
        model,
        name,
        {**kept, **(card or {}), "log_prob_samples": _samples_of(model, samples)},
    )
    copy = rebuilt(model)
    endpoints = Endpoints(copy, samples)
    made = version

    def seal(hidden: Path, number: int) -> None:
        nonlocal made
        made = number
        write_card(copy, hidden, name=name, version=number, **fields)

    with atomic_version_folder(folder, version, seal) as hidden:
        _write_saved_model(endpoints, hidden)
        save_model_files(copy, hidden)
        write_warmup_requests(hidden, name, endpoints.input_signatures())
        write_golden(model, hidden)
        check_export(hidden)
    return folder / str(made)


def _write_saved_model(endpoints: Endpoints, folder: Path) -> None:
    archive = keras.export.ExportArchive()
    # No `archive.track(model)`: the variables that the endpoints use are found by
    # themselves, and tracking a Keras model writes each of them a second time.
    for name, inputs in endpoints.input_signatures().items():
        # Without its signature Keras would trace each function twice, for two graphs.
        archive.add_endpoint(name, endpoints.function(name), list(inputs))
    # Nobody takes gradients of a served model.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    # The first endpoint also becomes `serving_default`.
    archive.write_out(os.fspath(folder), options=options, verbose=False)


def _samples_of(model: VAE | Autoencoder, samples: int) -> int | None:
    """What the card says: `None` for a model without the signature `log_prob`."""
    return samples if isinstance(model, VAE) else None


def _check_samples(log_prob_samples: int) -> int:
    valid = is_integer(log_prob_samples, 1)
    if not valid or log_prob_samples > _MAX_LOG_PROB_SAMPLES:
        raise ValueError(
            "Expected `log_prob_samples` to be an integer from 1 to "
            f"{_MAX_LOG_PROB_SAMPLES}. Received: log_prob_samples={log_prob_samples!r}"
        )
    return int(log_prob_samples)
