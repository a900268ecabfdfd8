"""What a conditional model is given beside the image: its kinds."""

from vaezoo.models.conditions.attributes import Attributes as Attributes
from vaezoo.models.conditions.condition import Condition as Condition
from vaezoo.models.conditions.condition import make_condition as make_condition
from vaezoo.models.conditions.labels import Labels as Labels
from vaezoo.models.conditions.partial_image import PartialImage as PartialImage
