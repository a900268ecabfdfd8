"""What training maximizes: the evidence lower bound and its relatives."""

from vaezoo.objectives.beta_elbo import BetaELBO as BetaELBO
from vaezoo.objectives.beta_tcvae import BetaTCVAE as BetaTCVAE
from vaezoo.objectives.capacity import Capacity as Capacity
from vaezoo.objectives.decomposition import Decomposition as Decomposition
from vaezoo.objectives.decomposition import decompose_kl as decompose_kl
from vaezoo.objectives.divergence import kl_divergence as kl_divergence
from vaezoo.objectives.divergence import kl_per_dimension as kl_per_dimension
from vaezoo.objectives.doubly_reparameterized import (
    DoublyReparameterized as DoublyReparameterized,
)
from vaezoo.objectives.elbo import ELBO as ELBO
from vaezoo.objectives.importance_weighted import (
    ImportanceWeighted as ImportanceWeighted,
)
from vaezoo.objectives.objective import Objective as Objective
from vaezoo.objectives.objective import Terms as Terms
