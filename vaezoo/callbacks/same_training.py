"""Whether what is to be resumed is the training that was interrupted."""

import importlib.metadata
import pathlib
import warnings
from collections.abc import Mapping
from typing import Any

from vaezoo.models.resumption import Training
from vaezoo.models.run_settings import differences

_PACKAGES = ("tensorflow", "keras", "vaezoo")


def versions() -> dict[str, str]:
    """The versions that the bits depend on."""
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def check_same_training(
    state: Mapping[str, Any],
    training: Training,
    settings: Mapping[str, Any],
    folder: pathlib.Path,
) -> None:
    """Checks that a training can go on where another one was.

    More epochs than at first are fine if nothing else differs: a schedule that depends
    on their number is part of the optimizer's settings.

    Args:
        state: What the checkpoint holds.
        training: What is to be done now.
        settings: What must be as it was.
        folder: Where the checkpoint is, for the message.

    Raises:
        ValueError: If it cannot; the message names what differs.
    """
    different = differences(state["settings"], settings)
    epochs = f"epochs: {state['epochs']} before, {training.epochs} now"
    others_swap = any(getattr(c, "swap_on_epoch", False) for c in training.callbacks)
    if different and state["epochs"] != training.epochs:
        different = [epochs, *different]
    elif training.epochs < state["epoch"] + bool(state["batch"]):
        different = [f"{epochs}, and {state['epoch']} are done"]
    elif training.epochs != state["epochs"] == state["epoch"] and others_swap:
        different = [f"{epochs}, and the last one has made its averages final"]
    if different:
        raise ValueError(
            "Expected the settings of the training that the folder holds, or another "
            f"folder. Received: folder '{folder}'; {'; '.join(different)}"
        )
    if changed := differences(state["versions"], versions()):
        warnings.warn(
            "Expected the versions that the training began with, for the same bits. "
            f"Received: {'; '.join(changed)}"
        )


def gives_same_batches(state: Mapping[str, Any], training: Training) -> bool:
    """Whether the data are those of the interrupted epoch; warns if they are not.

    Args:
        state: What the checkpoint holds.
        training: What is to be done now.
    """
    same = state["first_batch"] == training.first_batch
    if same and training.repeats():
        return True
    warnings.warn(
        "Expected a data set that gives the same batches in each process: shuffles "
        "with a seed, no Python, stateless random operations. Training resumes where "
        "the last epoch began, and goes on with other batches. Received: "
        + ("a data set with state" if same else "another first batch")
    )
    return False
