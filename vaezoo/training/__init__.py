"""What the recipes share: arguments, a run that can be resumed, and publishing."""

from vaezoo.training.arguments import recipe_parser as recipe_parser
from vaezoo.training.publish import publish as publish
from vaezoo.training.publish_classifier import (
    publish_classifier as publish_classifier,
)
from vaezoo.training.run import TrainingRun as TrainingRun
from vaezoo.training.splits import load_splits as load_splits
