import pathlib
import re

import pytest

import vaezoo
from vaezoo.zoo.gallery import PICTURE, gallery, main

ROOT = pathlib.Path(__file__).parents[2]


def test_the_page_is_that_of_the_cards():
    assert (ROOT / "ZOO.md").read_text("utf-8") == gallery(), (
        "ZOO.md is stale: run `make readme`"
    )


@pytest.mark.parametrize("name", vaezoo.list_models())
def test_every_model_has_a_row_with_its_picture_number_and_command(name):
    card = vaezoo.info(name)
    (row,) = [line for line in gallery().splitlines() if f"**`{name}`**" in line]
    assert row.count("|") == 6
    assert f"`{card.training.command}`" in row
    assert f"{card.metrics[0].value:,.2f}" in row
    assert card.data_licence in row
    picture = ROOT / PICTURE.format(name=name)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000


def test_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)", gallery()):
        assert (ROOT / link).exists(), link


def test_it_is_written_or_shown(tmp_path, capsys):
    main(["--write", str(tmp_path / "ZOO.md")])
    capsys.readouterr()
    main([])
    assert capsys.readouterr().out == (tmp_path / "ZOO.md").read_text("utf-8")
    with pytest.raises(SystemExit, match="error: "):
        main(["--write", str(tmp_path / "none" / "ZOO.md")])
