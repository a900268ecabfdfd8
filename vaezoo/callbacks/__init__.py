"""What to watch and to save during training, as Keras callbacks."""

from vaezoo.callbacks.checkpoint import Checkpoint as Checkpoint
from vaezoo.callbacks.latent_usage import LatentUsage as LatentUsage
