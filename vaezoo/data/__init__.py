"""Images to train and test on: named data sets, arrays, `.npz` files, and sprites.

Importing this room imports neither TensorFlow nor TensorFlow Datasets; they are
imported when a named data set is read or a `tf.data` pipeline is built.
"""

from vaezoo.data.batching import batches as batches
from vaezoo.data.binarization import binarize_fixed as binarize_fixed
from vaezoo.data.image_data import ImageData as ImageData
from vaezoo.data.loading import load as load
from vaezoo.data.loading import names as names
from vaezoo.data.sprites import Sprites as Sprites
from vaezoo.data.unavailable import DatasetUnavailableError as DatasetUnavailableError
from vaezoo.images import check_images as check_images
