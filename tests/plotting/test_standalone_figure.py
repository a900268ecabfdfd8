import pytest

from vaezoo.plotting import rate_distortion, sample_grid


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_figure_is_the_same_file(images, tmp_path, form, monkeypatch):
    files = []
    for i in range(2):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1000000 * i))
        for j, figure in enumerate((sample_grid(images), rate_distortion([1], [2]))):
            path = tmp_path / f"{i}{j}.{form}"
            figure.savefig(path)
            files.append(path.read_bytes())
    assert files[:2] == files[2:]
    assert files[0] != files[1]


def test_frames_lie_in_the_gap(images, cells):
    from vaezoo.plotting import PixelFigure
    from vaezoo.plotting.mosaic import pixels

    figure = PixelFigure(pixels(images), 4, framed=[0, 5])
    shown = cells(figure, (6, 5), 4, 2)[:7]
    assert (shown == pixels(images)).all()
