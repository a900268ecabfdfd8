"""Distributions as Keras 3 layers: posterior, likelihood and prior heads."""

from vaezoo.layers.categorical_256 import Categorical256 as Categorical256
from vaezoo.layers.categorical_mixture_of_one_hot_categorical import (
    CategoricalMixtureOfOneHotCategorical as CategoricalMixtureOfOneHotCategorical,
)
from vaezoo.layers.continuous_bernoulli import (
    ContinuousBernoulli as ContinuousBernoulli,
)
from vaezoo.layers.discretized_logistic import (
    DiscretizedLogistic as DiscretizedLogistic,
)
from vaezoo.layers.discretized_logistic_mixture import (
    DiscretizedLogisticMixture as DiscretizedLogisticMixture,
)
from vaezoo.layers.distribution_lambda import DistributionLambda as DistributionLambda
from vaezoo.layers.distribution_layer import DistributionLayer as DistributionLayer
from vaezoo.layers.independent_bernoulli import (
    IndependentBernoulli as IndependentBernoulli,
)
from vaezoo.layers.independent_logistic import (
    IndependentLogistic as IndependentLogistic,
)
from vaezoo.layers.independent_normal import IndependentNormal as IndependentNormal
from vaezoo.layers.independent_poisson import IndependentPoisson as IndependentPoisson
from vaezoo.layers.kl_divergence_add_loss import (
    KLDivergenceAddLoss as KLDivergenceAddLoss,
)
from vaezoo.layers.kl_divergence_regularizer import (
    KLDivergenceRegularizer as KLDivergenceRegularizer,
)
from vaezoo.layers.mixture_logistic import MixtureLogistic as MixtureLogistic
from vaezoo.layers.mixture_normal import MixtureNormal as MixtureNormal
from vaezoo.layers.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from vaezoo.layers.multivariate_normal_diag import (
    MultivariateNormalDiag as MultivariateNormalDiag,
)
from vaezoo.layers.multivariate_normal_tril import (
    MultivariateNormalTriL as MultivariateNormalTriL,
)
from vaezoo.layers.normal_learned_scale import (
    NormalLearnedScale as NormalLearnedScale,
)
from vaezoo.layers.normal_pixels import NormalPixels as NormalPixels
from vaezoo.layers.one_hot_categorical import OneHotCategorical as OneHotCategorical
from vaezoo.layers.pixel_kind import PixelKind as PixelKind
from vaezoo.layers.prior import Prior as Prior
from vaezoo.layers.quantized_categorical import (
    QuantizedCategorical as QuantizedCategorical,
)
from vaezoo.layers.quantized_logistic import QuantizedLogistic as QuantizedLogistic
from vaezoo.layers.real_nvp import RealNVP as RealNVP
from vaezoo.layers.standard_normal import StandardNormal as StandardNormal
from vaezoo.layers.tensor_like import as_tensor_like as as_tensor_like
