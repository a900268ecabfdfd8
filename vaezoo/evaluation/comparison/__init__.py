"""Models side by side: the same data, protocol and seeds for all."""

from vaezoo.evaluation.comparison.comparison import Comparison as Comparison
from vaezoo.evaluation.comparison.run import compare as compare
