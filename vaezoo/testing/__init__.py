"""The checks that every model of vaezoo passes, for a model of one's own."""

from vaezoo.testing.check_vae import check_vae as check_vae
