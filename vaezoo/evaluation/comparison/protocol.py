"""How the numbers of a comparison were made."""

import dataclasses
import datetime

from vaezoo.data import ImageData
from vaezoo.zoo.saving import installed_versions


@dataclasses.dataclass(frozen=True)
class Protocol:
    """What was the same for all models.

    Args:
        data: Name of the data set.
        split: Its split.
        n: How many images, the first ones.
        available: How many there are.
        image_shape: `(height, width, channels)`.
        seed: Seed of all draws.
        num_samples: k, importance samples an image.
        correction_images: Images that get k samples; None for all.
        correction_samples: Importance samples of every image, in that case.
        rounds: Rounds of the measurement of speed.
        batch: Images a batch in it.
        note: What must be known of the data.
        licence: Terms of the data set.
        reference: The publication of the data set.
        date: The day.
        machine: The class of machine.
        versions: The versions of the software, by name.
    """

    data: str
    split: str
    n: int
    available: int
    image_shape: tuple[int, ...]
    seed: int
    num_samples: int
    correction_images: int | None
    correction_samples: int
    rounds: int
    batch: int
    note: str
    licence: str
    reference: str
    date: str
    machine: str
    versions: dict[str, str]

    @classmethod
    def of(
        cls,
        data: ImageData,
        available: int,
        seed: int,
        rounds: int,
        batch: int,
        num_samples: int,
        correction_images: int | None,
        correction_samples: int,
    ) -> "Protocol":
        """The protocol of a comparison made now, on this machine."""
        # Not above: that room imports this one.
        from vaezoo.training.machine import machine_class

        if correction_images is not None and correction_images >= len(data):
            correction_images = None
        return cls(
            data=data.name,
            split=data.split,
            n=len(data),
            available=available,
            image_shape=data.image_shape,
            seed=seed,
            num_samples=num_samples,
            correction_images=correction_images,
            correction_samples=correction_samples,
            rounds=rounds,
            batch=batch,
            note=data.note,
            licence=data.licence,
            reference=data.reference,
            date=datetime.date.today().isoformat(),
            machine=machine_class(),
            versions=dataclasses.asdict(installed_versions()),
        )

    @property
    def title(self) -> str:
        """The images in a few words."""
        images = f"{self.n:,} images"
        if self.n < self.available:
            images = f"the first {self.n:,} of {self.available:,} images"
        return f"{self.data}, {self.split}: {images}"

    def sentences(self) -> list[tuple[str, str]]:
        """The protocol in words: pairs of a heading and a text."""
        size = " x ".join(map(str, self.image_shape))
        pairs = [
            ("Data", f"{self.title} of {size}. {self.note}".strip()),
            (
                "Binarization",
                "A likelihood of binary pixels takes grey values as probabilities: "
                "they are binarized once, with NumPy's seed 777, in the order of the "
                "data; the same zeros and ones for all models. Other likelihoods take "
                "the pixels as they are.",
            ),
            ("NLL", self._nll()),
            (
                "ELBO, rate, distortion",
                f"One sample of the posterior an image, seed {self.seed}; ELBO = "
                "-(rate + distortion).",
            ),
            (
                "±",
                "Standard error over images. Two models are compared by the "
                "differences image by image (paired t-test, Holm's correction for the "
                "number of pairs in a table), not by whether two of these overlap.",
            ),
            (
                "Reconstruction error",
                "Images as given, not binarized; the mean of the likelihood for the "
                "mean of the posterior. A conditional model is told y.",
            ),
            (
                "Fréchet distance, precision, recall",
                f"{self.n:,} samples, seed {self.seed}, against the {self.n:,} images, "
                "in the features of a small classifier of vaezoo: comparable within "
                "vaezoo and for this number of images only. A conditional model is "
                "told the y of the images.",
            ),
            (
                "FLOPs",
                "Of one image; matrix products and convolutions in the traced graph; "
                "a multiplication and an addition are two operations. Biases, "
                "activations and normalization are left out.",
            ),
        ]
        if self.rounds:
            pairs.append(("Speed", self._speed()))
        if self.licence or self.reference:
            source = f"{self.reference}. Licence: {self.licence}."
            pairs.append(("Source of the data", source.removeprefix(". ")))
        versions = ", ".join(f"{k} {v}" for k, v in self.versions.items())
        pairs.append(("Made", f"{self.date}, with {versions}."))
        return pairs

    def _nll(self) -> str:
        k = self.num_samples
        if self.correction_images is None:
            how = f"-log mean of k = {k:,} importance weights"
        else:
            few, count = self.correction_samples, self.correction_images
            how = (
                f"mean NLL with {few:,} importance samples of all images, minus the "
                f"mean of (NLL_{few} - NLL_{k}) of the first {count:,}"
            )
        return (
            f"{how}, drawn from the posterior, seed {self.seed}. In expectation an "
            "upper bound that comes down as k grows, by another amount for each model: "
            "numbers of another k are other numbers."
        )

    def _speed(self) -> str:
        return (
            f"On {self.machine}, in this run: the models take turns, {self.rounds} "
            f"rounds, medians; batches of {self.batch}; one image's reconstruction for "
            "the latency. Graphs are traced before. Compare within this table only."
        )
