"""What to watch during training, as Keras callbacks."""

from vaezoo.callbacks.latent_usage import LatentUsage as LatentUsage
