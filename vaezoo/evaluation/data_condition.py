"""The condition of conditional models, from a data set."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo.data import ImageData
    from vaezoo.models.encoder_decoder import EncoderDecoder


def data_condition(model: "EncoderDecoder", data: "ImageData") -> Any:
    """What a data set has for the condition of a model: its labels or attributes.

    Args:
        model: The model.
        data: The data.

    Returns:
        One row an image; None for a model without a condition.

    Raises:
        ValueError: If the data have nothing of the kind, or the model takes images.
    """
    from vaezoo.models import Attributes, Labels

    if not model.conditional:
        return None
    found = None
    if isinstance(model.condition, Labels):
        found = data.labels
    elif isinstance(model.condition, Attributes):
        found = data.attributes
    if found is None:
        raise ValueError(
            f"Expected data with a condition for the {type(model).__name__} "
            f"{model.name!r}, which takes {model.condition}. Received: {data!r}"
        )
    return found
