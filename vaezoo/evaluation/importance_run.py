"""The importance-weighted NLL of many images, that can be interrupted."""

import dataclasses
import os
from pathlib import Path

import numpy as np

from vaezoo import random
from vaezoo.evaluation.fingerprint import array_fingerprint, model_fingerprint
from vaezoo.evaluation.image_progress import ImageProgress
from vaezoo.evaluation.partial_results import PartialResults
from vaezoo.models import VAE
from vaezoo.models.importance import ImportanceSampler

# Batches a call of `log_prob`, which takes some of them at a time: enough to keep it
# busy, few enough for a bar that moves (with 5,000 samples, every ten seconds or so).
_BLOCK_BATCHES = 16


@dataclasses.dataclass(frozen=True)
class ImportanceRun:
    """How -log p(x) is estimated, image by image.

    The number of an image depends on the seed and on its place among the images, and,
    but for rounding, on nothing else: not on the batch that it is in, not on the
    memory limit. A run that is interrupted and continued gives the same bits as one
    that is not.

    Args:
        model: The VAE.
        seed: Seed of the samples.
        memory_limit: Bytes that the samples may take; None for the model's default.
        checkpoint: Folder of the partial results; None to keep none.
        progress: Whether to show a progress bar.
    """

    model: VAE
    seed: int
    memory_limit: int | None = None
    checkpoint: str | os.PathLike[str] | None = None
    progress: bool = False

    def nll(
        self, images: np.ndarray, y: np.ndarray | None, num_samples: int, name: str
    ) -> np.ndarray:
        """The estimate for each image.

        Args:
            images: Checked images, `(n, height, width, channels)`.
            y: Checked conditions, in conditional models.
            num_samples: k.
            name: Name of the partial results.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If a number is not positive, or the folder holds the partial
                results of another run.
        """
        seeds = random.row_seeds(random.check_seed(self.seed), len(images)).numpy()
        block = self._block(num_samples)
        title = f"NLL, k = {num_samples:,}"
        with (
            self._partial_results(images, y, num_samples, name) as results,
            ImageProgress(title, len(images), results.done, self.progress) as bar,
        ):
            while results.done < len(images):
                rows = slice(results.done, results.done + block)
                log_prob = self.model.log_prob(
                    images[rows],
                    num_samples,
                    seed=seeds[rows],
                    y=None if y is None else y[rows],
                    memory_limit=self.memory_limit,
                )
                results.append(-log_prob)
                bar.update(results.done)
        return results.values

    def _block(self, num_samples: int) -> int:
        """Images a call: whole batches, so that each has the same images in any run."""
        sampler = ImportanceSampler(self.model, num_samples, self.memory_limit)
        return _BLOCK_BATCHES * sampler.images

    def _partial_results(
        self, images: np.ndarray, y: np.ndarray | None, num_samples: int, name: str
    ) -> PartialResults:
        if self.checkpoint is None:
            return PartialResults(len(images), None, {})
        fingerprint = {
            "model": model_fingerprint(self.model),
            "images": array_fingerprint(images),
            "condition": "none" if y is None else array_fingerprint(y),
            "num_samples": str(num_samples),
            "seed": str(self.seed),
        }
        path = Path(self.checkpoint).expanduser() / f"{name}.npz"
        return PartialResults(len(images), path, fingerprint)
