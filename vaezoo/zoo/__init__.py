"""Models by name: which there are, their cards, and loading them.

Importing this room, `list_models` and `info` import no TensorFlow.
"""

from vaezoo.zoo.card import DataCard as DataCard
from vaezoo.zoo.card import Metric as Metric
from vaezoo.zoo.card import ModelCard as ModelCard
from vaezoo.zoo.card import Published as Published
from vaezoo.zoo.card import TrainingCard as TrainingCard
from vaezoo.zoo.card import Versions as Versions
from vaezoo.zoo.catalog import info as info
from vaezoo.zoo.catalog import list_models as list_models
from vaezoo.zoo.catalog import models_root as models_root
from vaezoo.zoo.catalog import version_folder as version_folder
from vaezoo.zoo.files import file_digests as file_digests
from vaezoo.zoo.files import verify_files as verify_files
from vaezoo.zoo.folder import atomic_version_folder as atomic_version_folder
from vaezoo.zoo.folder import check_version as check_version
from vaezoo.zoo.folder import check_writable as check_writable
from vaezoo.zoo.folder import next_version as next_version
from vaezoo.zoo.loading import load as load
from vaezoo.zoo.model_file_error import ModelFileError as ModelFileError
from vaezoo.zoo.saving import rebuilt as rebuilt
from vaezoo.zoo.saving import save_model_files as save_model_files
from vaezoo.zoo.saving import write_card as write_card
from vaezoo.zoo.unknown_model_error import UnknownModelError as UnknownModelError
