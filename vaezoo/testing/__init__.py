"""The checks that every model of vaezoo passes, for a model of one's own."""

from vaezoo.testing.check_retracing import check_retracing as check_retracing
from vaezoo.testing.check_vae import check_vae as check_vae
