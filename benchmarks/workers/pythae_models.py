"""pythae's share of the work: its VAE, its trainer's step and its `get_nll`."""

import tempfile
from typing import Any

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import nn

from benchmarks.worker import Prepared, Segment, serve
from benchmarks.workers.images import read_floats
from benchmarks.workers.torch_networks import EncoderDecoder, layout


class Encoder(BaseEncoder):
    """The network's encoder, as pythae wants its outputs."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> ModelOutput:
        """Mean and log-variance."""
        mean, log_variance = self.network(x).chunk(2, dim=1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class Decoder(BaseDecoder):
    """The network's decoder; it counts what it decodes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.decoded = 0

    def forward(self, z: torch.Tensor) -> ModelOutput:
        """Probabilities of the pixels."""
        self.decoded += len(z)
        return ModelOutput(reconstruction=torch.sigmoid(self.network(z)))


class BinarizingVAE(VAE):
    """pythae's VAE on images binarized anew in every step."""

    def forward(self, inputs: Any, **kwargs: Any) -> ModelOutput:
        """The loss and its terms."""
        return super().forward({"data": torch.bernoulli(inputs["data"])}, **kwargs)


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segments of a task."""
    torch.manual_seed(0)
    network = EncoderDecoder(settings["network"])
    pixels = layout(
        torch.from_numpy(read_floats(settings["data"])), settings["network"]
    )
    pixels = pixels[: settings["images"]].contiguous()
    config = VAEConfig(
        input_dim=tuple(pixels.shape[1:]),
        latent_dim=network.latent_dim,
        reconstruction_loss="bce",
    )
    model = BinarizingVAE(config, Encoder(network.encoder), Decoder(network.decoder))
    task = _training if settings["task"] == "training" else _likelihood
    segments = task(settings, model, pixels)
    cuda = torch.cuda.is_available()
    name = torch.cuda.get_device_name() if cuda else "CPU"
    return Prepared(segments, name, ("pythae", "torch"))


def _training(
    settings: dict[str, Any], model: VAE, pixels: torch.Tensor
) -> dict[str, Segment]:
    config = BaseTrainerConfig(
        output_dir=tempfile.mkdtemp(),
        learning_rate=1e-3,
        per_device_train_batch_size=settings["batch_size"],
    )
    dataset = BaseDataset(pixels, torch.zeros(len(pixels)))
    trainer = BaseTrainer(model, dataset, training_config=config)
    trainer.prepare_training()

    def epoch() -> dict[str, int]:
        trainer.train_step(epoch=1)
        return {"count": len(pixels)}

    return {"fit": epoch}


def _likelihood(
    settings: dict[str, Any], model: VAE, pixels: torch.Tensor
) -> dict[str, Segment]:
    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    images = torch.bernoulli(pixels).to(next(model.parameters()).device)

    def get_nll() -> dict[str, int]:
        before = model.decoder.decoded
        # Not all samples that are asked for are drawn, or more: so they are counted.
        model.get_nll(
            images, n_samples=settings["samples"], batch_size=settings["chunk"]
        )
        return {"count": model.decoder.decoded - before}

    if "no_grad" in settings["variant"]:
        get_nll = torch.no_grad()(get_nll)
    return {"log_prob": get_nll}


if __name__ == "__main__":
    serve(prepare)
