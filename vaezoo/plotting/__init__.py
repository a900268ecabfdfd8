"""Pictures of what a model makes, as Matplotlib figures.

Every function returns a `matplotlib.figure.Figure`: save it with `savefig`. No window
is opened, and neither Matplotlib's backend nor pyplot's state is touched.
"""

from vaezoo.plotting.latent_traversal import latent_traversal as latent_traversal
from vaezoo.plotting.pixel_figure import PixelFigure as PixelFigure
from vaezoo.plotting.reconstruction_pairs import (
    reconstruction_pairs as reconstruction_pairs,
)
from vaezoo.plotting.sample_grid import sample_grid as sample_grid
