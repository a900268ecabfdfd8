"""How each named data set is split, and where it comes from."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Protocol:
    """What this package lays down for one data set of TensorFlow Datasets.

    Args:
        validation: The number of images at the end of the training split that are set
            aside as "validation", where the data set has no such split; `None` means
            a tenth.
        licence: Terms under which the data set may be used.
        reference: The publication to cite.
        note: What must be known before comparing numbers on this data.
    """

    validation: int | None = None
    licence: str = ""
    reference: str = ""
    note: str = ""


PROTOCOLS: Mapping[str, Protocol] = {
    "mnist": Protocol(
        validation=10_000,
        licence="CC BY-SA 3.0 (copyright Yann LeCun and Corinna Cortes)",
        reference="Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning "
        "applied to document recognition, Proceedings of the IEEE 86(11), 1998",
    ),
    "fashion_mnist": Protocol(
        validation=10_000,
        licence="MIT (copyright Zalando SE)",
        reference="H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image "
        "Dataset for Benchmarking Machine Learning Algorithms, arXiv:1708.07747, 2017",
    ),
    "binarized_mnist": Protocol(
        licence="none stated; derived from MNIST",
        reference="R. Salakhutdinov, I. Murray, On the quantitative analysis of deep "
        "belief networks, ICML 2008; the files of H. Larochelle, I. Murray, The Neural "
        "Autoregressive Distribution Estimator, AISTATS 2011",
        note="The fixed binarisation: likelihoods are 1 to 2 nats apart from those on "
        "dynamically binarised MNIST, and must not be compared with them.",
    ),
    "omniglot": Protocol(
        validation=2_000,
        licence="MIT (copyright Brenden Lake)",
        reference="B. M. Lake, R. Salakhutdinov, J. B. Tenenbaum, Human-level concept "
        "learning through probabilistic program induction, Science 350(6266), 2015",
        note="Shrunk from 105 x 105 by area averaging, ink = 255. This is not the "
        "28 x 28 split of Burda et al.: likelihoods must not be compared with tables "
        "on that.",
    ),
    "kmnist": Protocol(
        validation=10_000,
        licence="CC BY-SA 4.0 (CODH)",
        reference="T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, "
        "D. Ha, Deep Learning for Classical Japanese Literature, arXiv:1812.01718, "
        "2018",
    ),
    "cifar10": Protocol(
        validation=5_000,
        licence="none stated",
        reference="A. Krizhevsky, Learning multiple layers of features from tiny "
        "images, technical report, University of Toronto, 2009",
    ),
}


def split_instruction(
    name: str, split: str, sizes: Mapping[str, int]
) -> tuple[str, int, int]:
    """Translates a split of this package into a range of a split of the data set.

    Args:
        name: Name of the data set.
        split: "train", "validation", "test", or another split of the data set.
        sizes: The number of images in each split of the data set itself.

    Returns:
        The data set's own split, and the range of images in it, from start to stop.

    Raises:
        ValueError: If the data set has no such split.
    """
    if "validation" not in sizes and split in ("train", "validation"):
        total = sizes.get("train", 0)
        held_out = PROTOCOLS.get(name, Protocol()).validation
        held_out = total // 10 if held_out is None else held_out
        if total:
            middle = total - held_out
            return (
                ("train", 0, middle) if split == "train" else ("train", middle, total)
            )
    if split in sizes:
        return split, 0, sizes[split]
    offered = sorted(set(sizes) | ({"validation"} if "train" in sizes else set()))
    raise ValueError(
        f"Expected a split of '{name}': {', '.join(offered)}. Received: {split!r}"
    )
