"""One split of a data set, in memory."""

import dataclasses

import numpy as np

from vaezoo.images import check_images


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """One split of a data set, in memory, with where it comes from.

    Args:
        images: (n, height, width, channels), uint8 in 0..255 (or float32 in [0, 1]
            where the caller's own arrays were floats).
        name: Name of the data set.
        split: "train", "validation", "test", or "all" for data without splits.
        labels: Class of each image, (n,), integers from 0; `None` without classes.
        num_classes: Number of classes in the whole data set; `None` without classes.
        attributes: Further codes of each image, (n, attributes): 0/1 attributes, or
            the ground-truth factors of `sprites`.
        attribute_names: The name of each column of `attributes`.
        licence: Terms under which the data set may be used.
        reference: The publication to cite.
        note: What must be known before comparing numbers on this data.

    Raises:
        ValueError: If the images are not images, or a length does not fit.

    Example:
        >>> data = ImageData(np.zeros((3, 8, 8, 1), "uint8"), name="black", split="all")
        >>> len(data), data.image_shape
        (3, (8, 8, 1))
    """

    images: np.ndarray
    name: str
    split: str
    labels: np.ndarray | None = None
    num_classes: int | None = None
    attributes: np.ndarray | None = None
    attribute_names: tuple[str, ...] = ()
    licence: str = "not stated"
    reference: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", check_images(self.images))
        if self.labels is not None:
            self._set_labels(np.asarray(self.labels))
        if self.attributes is not None:
            self._set_attributes(np.asarray(self.attributes))

    def _set_labels(self, labels: np.ndarray) -> None:
        count = len(self.images)
        if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"Expected one integer label for each of the {count} images, shape "
                f"({count},). Received: shape {labels.shape}, dtype {labels.dtype}"
            )
        if labels.min() < 0:
            raise ValueError(
                f"Expected labels from 0 upwards. Received: {labels.min()} among them"
            )
        object.__setattr__(self, "labels", labels)
        if self.num_classes is None:
            object.__setattr__(self, "num_classes", int(labels.max()) + 1)
        elif labels.max() >= self.num_classes:
            raise ValueError(
                f"Expected labels below num_classes={self.num_classes}. "
                f"Received: {labels.max()} among them"
            )

    def _set_attributes(self, attributes: np.ndarray) -> None:
        expected = (len(self.images), len(self.attribute_names))
        if attributes.shape != expected:
            raise ValueError(
                f"Expected attributes of shape {expected}, one row an image and one "
                f"column a name in attribute_names. Received: shape {attributes.shape}"
            )
        object.__setattr__(self, "attributes", attributes)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape of one image, (height, width, channels)."""
        return self.images.shape[1:]

    def first(self, count: int | None) -> "ImageData":
        """The first images, with their labels and attributes.

        Args:
            count: How many at most; `None` for all.
        """
        return dataclasses.replace(
            self,
            images=self.images[:count],
            labels=None if self.labels is None else self.labels[:count],
            attributes=None if self.attributes is None else self.attributes[:count],
        )

    def attribute(self, name: str) -> np.ndarray:
        """Returns one attribute of every image, (n,).

        Args:
            name: One of `attribute_names`.

        Raises:
            ValueError: If there is no such attribute.
        """
        if name not in self.attribute_names:
            raise ValueError(
                f"Expected an attribute of '{self.name}': "
                f"{', '.join(self.attribute_names) or 'it has none'}. "
                f"Received: {name!r}"
            )
        return self.attributes[:, self.attribute_names.index(name)]

    def __repr__(self) -> str:
        size = "x".join(map(str, self.image_shape))
        parts = [f"{len(self):,} images of {size} {self.images.dtype}"]
        if self.num_classes is not None:
            parts.append(f"{self.num_classes} classes")
        if self.attribute_names:
            parts.append(f"attributes: {', '.join(self.attribute_names)}")
        return f"ImageData('{self.name}', split='{self.split}': {', '.join(parts)})"
