"""The two networks in PyTorch; see `keras_networks` for what they are.

"fc" takes flat rows, "conv" images with the channel first. Padding is laid out so that
every layer has the output size that it has in Keras.
"""

import torch
from torch import nn

LATENT_DIMS = {"fc": 50, "conv": 2}


class EncoderDecoder(nn.Module):
    """An encoder to mean and log-variance, side by side, and a decoder to logits."""

    def __init__(self, network: str) -> None:
        super().__init__()
        self.latent_dim = LATENT_DIMS[network]
        layers = _fully_connected if network == "fc" else _convolutional
        self.encoder, self.decoder = layers(self.latent_dim)

    def loss(self, pixels: torch.Tensor) -> torch.Tensor:
        """The negative ELBO of images binarized anew, nats, the batch's mean."""
        x = torch.bernoulli(pixels)
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        reconstruction = nn.functional.binary_cross_entropy_with_logits(
            self.decoder(z), x, reduction="sum"
        )
        kl = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum()
        return (reconstruction + kl) / len(x)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Mean and log-variance of the posterior."""
        return self.encoder(x)

    def reconstruct(self, x: torch.Tensor) -> torch.Tensor:
        """The pixels' means for the posterior's mean."""
        return torch.sigmoid(self.decoder(self.encoder(x)[:, : self.latent_dim]))

    def sample(self, n: int) -> torch.Tensor:
        """The pixels' means for draws from the prior."""
        device = next(self.parameters()).device
        z = torch.randn(n, self.latent_dim, device=device)
        return torch.sigmoid(self.decoder(z))


def layout(pixels: torch.Tensor, network: str) -> torch.Tensor:
    """Images `(n, height, width, 1)` as the network takes them."""
    return pixels.flatten(1) if network == "fc" else pixels.permute(0, 3, 1, 2)


def _fully_connected(latent_dim: int) -> tuple[nn.Module, nn.Module]:
    encoder = [*_dense(784, 500), *_dense(500, 500), nn.Linear(500, 2 * latent_dim)]
    decoder = [*_dense(latent_dim, 500), *_dense(500, 500), nn.Linear(500, 784)]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


def _convolutional(latent_dim: int) -> tuple[nn.Module, nn.Module]:
    encoder = nn.Sequential(
        nn.Conv2d(1, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        *_dense(7 * 7 * 64, 16),
        nn.Linear(16, 2 * latent_dim),
    )
    decoder = nn.Sequential(
        *_dense(latent_dim, 7 * 7 * 64),
        nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 64, 3, stride=2, padding=1, output_padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 3, padding=1),
    )
    return encoder, decoder


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs), nn.ReLU()]
