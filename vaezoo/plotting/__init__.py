"""Pictures of what a model makes, as Matplotlib figures.

Every function returns a `matplotlib.figure.Figure`: save it with `savefig`. No window
is opened, and neither Matplotlib's backend nor pyplot's state is touched.
"""

from vaezoo.plotting.analogy_grid import analogy_grid as analogy_grid
from vaezoo.plotting.attribute_arithmetic import (
    attribute_arithmetic as attribute_arithmetic,
)
from vaezoo.plotting.attribute_direction import (
    attribute_direction as attribute_direction,
)
from vaezoo.plotting.interpolation import interpolation as interpolation
from vaezoo.plotting.j_diagram import j_diagram as j_diagram
from vaezoo.plotting.latent_paths import analogy as analogy
from vaezoo.plotting.latent_paths import interpolate as interpolate
from vaezoo.plotting.latent_paths import interpolated_grid as interpolated_grid
from vaezoo.plotting.latent_scatter import latent_scatter as latent_scatter
from vaezoo.plotting.latent_traversal import latent_traversal as latent_traversal
from vaezoo.plotting.manifold import manifold as manifold
from vaezoo.plotting.mine_grid import mine_grid as mine_grid
from vaezoo.plotting.neighbor_grid import arrange_on_grid as arrange_on_grid
from vaezoo.plotting.neighbor_grid import nearest_codes as nearest_codes
from vaezoo.plotting.pixel_figure import PixelFigure as PixelFigure
from vaezoo.plotting.rate_distortion import rate_distortion as rate_distortion
from vaezoo.plotting.reconstruction_pairs import (
    reconstruction_pairs as reconstruction_pairs,
)
from vaezoo.plotting.sample_grid import sample_grid as sample_grid
from vaezoo.plotting.training_curves import training_curves as training_curves
