"""The data sets that come as one `.npz` file: how they are split, and their sources."""

import dataclasses
from collections.abc import Mapping

import numpy as np

_SEED = 0


@dataclasses.dataclass(frozen=True)
class FileSet:
    """What this package lays down for a data set in one `.npz` file.

    The units of a data set, images or groups of images, are put in the order of
    `numpy.random.RandomState(0).permutation`; the first are "train", the next
    "validation" and the last "test". Within a split, images keep the file's order if
    they are split by groups, and else have the order of the permutation.

    Args:
        file: Name of the file.
        shape: Shape of the array `images`, uint8, (n, height, width, channels).
        sizes: The number of units in each split.
        source: Where the data come from, and how the file is made of them.
        licence: Terms under which the data set may be used.
        reference: The publication to cite.
        note: What must be known before comparing numbers on this data.
        attribute_names: The columns of the array `attributes`, uint8 of 0 and 1, (n,
            names); the file has them in `attribute_names`, (names,), too.
        groups: Name of an integer array, (n,), whose equal values go into one split.
    """

    file: str
    shape: tuple[int, int, int, int]
    sizes: Mapping[str, int]
    source: str
    licence: str
    reference: str
    note: str
    attribute_names: tuple[str, ...] = ()
    groups: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The arrays that are read."""
        attributes = ("attributes", "attribute_names") if self.attribute_names else ()
        return ("images", *attributes, *([self.groups] if self.groups else []))

    @property
    def contents(self) -> str:
        """The arrays that the file must have, in words."""
        count = self.shape[0]
        parts = [f"`images`, uint8 {self.shape}"]
        if self.attribute_names:
            names = self.attribute_names
            parts.append(f"`attributes`, uint8 of 0 and 1 ({count}, {len(names)})")
            parts.append(f"`attribute_names`, the strings {', '.join(names)}")
        if self.groups:
            parts.append(f"`{self.groups}`, integers ({count},)")
        return "; ".join(parts)

    def indices(self, split: str, groups: np.ndarray | None = None) -> np.ndarray:
        """The places in the file of the images of a split.

        Args:
            split: A key of `sizes`.
            groups: The group of each image, (n,), if there are groups.

        Returns:
            (n of the split,) integers.
        """
        units = np.arange(self.shape[0]) if groups is None else np.unique(groups)
        order = np.random.RandomState(_SEED).permutation(units)
        ends = dict(zip(self.sizes, np.cumsum(list(self.sizes.values())), strict=True))
        chosen = order[ends[split] - self.sizes[split] : ends[split]]
        return chosen if groups is None else np.flatnonzero(np.isin(groups, chosen))


FILE_SETS: Mapping[str, FileSet] = {
    "cartoon_set": FileSet(
        file="cartoonset10k_64.npz",
        shape=(10_000, 64, 64, 3),
        sizes={"train": 8_000, "validation": 1_000, "test": 1_000},
        attribute_names=(
            "glasses",
            *(f"hair_color_{i}" for i in range(10)),
            *(f"face_color_{i}" for i in range(11)),
        ),
        source="Cartoon Set 10k of https://google.github.io/cartoonset/download.html: "
        "its images in the order of their names, on white, columns 22 to 477 and rows "
        "6 to 461, resized to 64 x 64 with a Lanczos filter",
        licence="CC BY 4.0 (Google LLC); changed: background, crop and size",
        reference="A. Royer, K. Bousmalis, S. Gouws, F. Bertsch, I. Mosseri, F. Cole, "
        "K. Murphy, XGAN: Unsupervised Image-to-Image Translation for Many-to-Many "
        "Mappings, arXiv:1711.05139, 2017",
        note="There is no official split: these are random. Cropped and resized to 64 "
        "x 64 on a white background; hair and face colors have the codes of the "
        "original, 'glasses' stands for all kinds of them.",
    ),
    "cmu_faces": FileSet(
        file="cmu_faces.npz",
        shape=(624, 64, 64, 1),
        sizes={"train": 14, "validation": 3, "test": 3},
        groups="subject",
        attribute_names=(
            "happy",
            "neutral",
            "sad",
            "angry",
            "sunglasses",
            "pose_straight",
            "pose_left",
            "pose_right",
            "pose_up",
        ),
        source="CMU Face Images of "
        "https://archive.ics.uci.edu/ml/datasets/cmu+face+images: the 624 images of "
        "128 x 120 pixels in the order of their names, columns 4 to 123, resized to 64 "
        "x 64 with a Lanczos filter; `subject` is the number of the person, from 0, by "
        "name",
        licence="free of charge for any educational purpose, provided attribution is "
        "given in any lectures or publications that make use of it",
        reference="T. Mitchell, Machine Learning, McGraw Hill, 1997, chapter 4",
        note="There is no official split: these are 14, 3 and 3 people, of 28 to 32 "
        "images each. A person is in one split only, so that numbers are of faces that "
        "the model has never seen. Cropped and resized to 64 x 64.",
    ),
    "frey_faces": FileSet(
        file="frey_faces.npz",
        shape=(1_965, 28, 20, 1),
        sizes={"train": 1_565, "validation": 200, "test": 200},
        source="frey_rawface.mat of https://cs.nyu.edu/~roweis/data.html: its array "
        "`ff`, (560, 1965), as `ff.T.reshape(1965, 28, 20, 1)`",
        licence="none stated; widely shared for research",
        reference="B. J. Frey, S. Roweis; in S. Roweis, L. Saul, Nonlinear "
        "dimensionality reduction by locally linear embedding, Science 290, 2000",
        note="Frames of one video in a random order, as in the literature: neighbouring"
        " frames are in different splits, so that test images are very similar to "
        "training images. There is no official split: likelihoods on others of 1,565, "
        "200 and 200 images are a few nats apart.",
    ),
}
