"""Disentanglement against ground-truth factors (Locatello et al. 2019)."""

from vaezoo.evaluation.disentanglement.beta_vae_score import (
    beta_vae_score as beta_vae_score,
)
from vaezoo.evaluation.disentanglement.dci import DCI as DCI
from vaezoo.evaluation.disentanglement.dci import dci as dci
from vaezoo.evaluation.disentanglement.evaluate import METRICS as METRICS
from vaezoo.evaluation.disentanglement.evaluate import (
    evaluate_disentanglement as evaluate_disentanglement,
)
from vaezoo.evaluation.disentanglement.factor_data import FactorData as FactorData
from vaezoo.evaluation.disentanglement.factor_vae_score import (
    factor_vae_score as factor_vae_score,
)
from vaezoo.evaluation.disentanglement.modularity import modularity as modularity
from vaezoo.evaluation.disentanglement.mutual_information import (
    mutual_information as mutual_information,
)
from vaezoo.evaluation.disentanglement.mutual_information_gap import (
    mutual_information_gap as mutual_information_gap,
)
from vaezoo.evaluation.disentanglement.sap import sap as sap
