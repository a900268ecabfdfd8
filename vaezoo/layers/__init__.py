"""Distributions as Keras 3 layers: posterior, likelihood and prior heads."""

from vaezoo.layers.distribution_layer import DistributionLayer as DistributionLayer
from vaezoo.layers.independent_bernoulli import (
    IndependentBernoulli as IndependentBernoulli,
)
from vaezoo.layers.multivariate_normal_diag import (
    MultivariateNormalDiag as MultivariateNormalDiag,
)
from vaezoo.layers.prior import Prior as Prior
from vaezoo.layers.standard_normal import StandardNormal as StandardNormal
from vaezoo.layers.tensor_like import as_tensor_like as as_tensor_like
