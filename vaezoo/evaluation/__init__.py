"""Measuring models: log-likelihood and latent use, under a stated protocol."""

from vaezoo.evaluation.aggregate_posterior import (
    AggregatePosterior as AggregatePosterior,
)
from vaezoo.evaluation.aggregate_posterior import (
    aggregate_posterior as aggregate_posterior,
)
from vaezoo.evaluation.anomaly import anomaly_detection as anomaly_detection
from vaezoo.evaluation.anomaly import anomaly_scores as anomaly_scores
from vaezoo.evaluation.classifier import Classifier as Classifier
from vaezoo.evaluation.classifier_card import ClassifierCard as ClassifierCard
from vaezoo.evaluation.classifier_files import classifier_for as classifier_for
from vaezoo.evaluation.classifier_files import list_classifiers as list_classifiers
from vaezoo.evaluation.classifier_files import load_classifier as load_classifier
from vaezoo.evaluation.classifier_files import save_classifier as save_classifier
from vaezoo.evaluation.classifier_network import (
    classifier_network as classifier_network,
)
from vaezoo.evaluation.comparison import Comparison as Comparison
from vaezoo.evaluation.comparison import compare as compare
from vaezoo.evaluation.disentanglement import DCI as DCI
from vaezoo.evaluation.disentanglement import FactorData as FactorData
from vaezoo.evaluation.disentanglement import beta_vae_score as beta_vae_score
from vaezoo.evaluation.disentanglement import dci as dci
from vaezoo.evaluation.disentanglement import (
    evaluate_disentanglement as evaluate_disentanglement,
)
from vaezoo.evaluation.disentanglement import factor_vae_score as factor_vae_score
from vaezoo.evaluation.disentanglement import modularity as modularity
from vaezoo.evaluation.disentanglement import mutual_information as mutual_information
from vaezoo.evaluation.disentanglement import (
    mutual_information_gap as mutual_information_gap,
)
from vaezoo.evaluation.disentanglement import sap as sap
from vaezoo.evaluation.flops import count_flops as count_flops
from vaezoo.evaluation.frechet_distance import frechet_distance as frechet_distance
from vaezoo.evaluation.frechet_distance import (
    gaussian_frechet_distance as gaussian_frechet_distance,
)
from vaezoo.evaluation.kl_decomposition import kl_decomposition as kl_decomposition
from vaezoo.evaluation.latent_use import LatentUse as LatentUse
from vaezoo.evaluation.latent_use import latent_use as latent_use
from vaezoo.evaluation.likelihood import evaluate_likelihood as evaluate_likelihood
from vaezoo.evaluation.likelihood import per_image_likelihood as per_image_likelihood
from vaezoo.evaluation.measurement import Evaluation as Evaluation
from vaezoo.evaluation.measurement import Measurement as Measurement
from vaezoo.evaluation.nearest_neighbors import Neighbors as Neighbors
from vaezoo.evaluation.nearest_neighbors import memorization as memorization
from vaezoo.evaluation.nearest_neighbors import nearest_neighbors as nearest_neighbors
from vaezoo.evaluation.per_image import PerImageLikelihood as PerImageLikelihood
from vaezoo.evaluation.precision_recall import PrecisionRecall as PrecisionRecall
from vaezoo.evaluation.precision_recall import precision_recall as precision_recall
from vaezoo.evaluation.probes import linear_probe as linear_probe
from vaezoo.evaluation.probes import nearest_neighbor_probe as nearest_neighbor_probe
from vaezoo.evaluation.probes import probes as probes
from vaezoo.evaluation.rate_distortion import RateDistortionPoint as RateDistortionPoint
from vaezoo.evaluation.rate_distortion import rate_distortion as rate_distortion
from vaezoo.evaluation.reconstruction_error import (
    reconstruction_error as reconstruction_error,
)
from vaezoo.evaluation.representation import representation as representation
from vaezoo.evaluation.retrieval import retrieve as retrieve
from vaezoo.evaluation.roc import auroc as auroc
from vaezoo.evaluation.sample_quality import (
    conditional_accuracy as conditional_accuracy,
)
from vaezoo.evaluation.sample_quality import sample_quality as sample_quality
