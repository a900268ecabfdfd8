"""What training maximizes: the evidence lower bound and its relatives."""

from vaezoo.objectives.divergence import kl_divergence as kl_divergence
from vaezoo.objectives.elbo import ELBO as ELBO
from vaezoo.objectives.objective import Objective as Objective
from vaezoo.objectives.objective import Terms as Terms
