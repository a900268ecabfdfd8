"""Measuring models: log-likelihood and latent use, under a stated protocol."""

from vaezoo.evaluation.latent_use import LatentUse as LatentUse
from vaezoo.evaluation.latent_use import latent_use as latent_use
from vaezoo.evaluation.likelihood import evaluate_likelihood as evaluate_likelihood
from vaezoo.evaluation.measurement import Evaluation as Evaluation
from vaezoo.evaluation.measurement import Measurement as Measurement
