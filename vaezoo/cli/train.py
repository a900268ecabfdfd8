"""`vaezoo train`."""

import argparse
import ast
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.tables import print_table

_EXAMPLES = """
vaezoo train --list
vaezoo train fc_vae_mnist --help
vaezoo train fc_vae_mnist --epochs 2 --out models --seed 1
vaezoo train path/to/recipe.py --resume
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "train", run, "train a model by its recipe", _EXAMPLES
    )
    parser.usage = "vaezoo train [-h] [--list] RECIPE [the recipe's own arguments]"
    parser.add_argument(
        "recipe", nargs="?", metavar="RECIPE", help="a recipe's name or file"
    )
    parser.add_argument("--list", action="store_true", help="list the recipes")
    parser.set_defaults(parser=parser)


def split_arguments(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separates what follows `train RECIPE`: options of the recipe, not of vaezoo.

    Args:
        argv: All arguments.

    Returns:
        The arguments up to the recipe, and those after it.
    """
    words = [i for i, argument in enumerate(argv) if not argument.startswith("-")]
    if len(words) < 2 or argv[words[0]] != "train":
        return list(argv), []
    return list(argv[: words[1] + 1]), list(argv[words[1] + 1 :])


def run(arguments: argparse.Namespace) -> None:
    """Runs a recipe in this process, or lists the recipes.

    Raises:
        ValueError: If there is no such recipe.
    """
    if arguments.list:
        recipes = sorted(_recipes().items())
        print_table(("recipe", ""), [(name, _title(path)) for name, path in recipes])
        return
    if arguments.recipe is None:
        arguments.parser.error("the following arguments are required: RECIPE")
    path = _recipe(arguments.recipe)
    import_tensorflow()
    _run_as_program(path, arguments.recipe_arguments)


def _run_as_program(path: Path, recipe_arguments: Sequence[str]) -> None:
    """As `python PATH ARGUMENTS...` does."""
    outer = sys.argv, sys.path
    sys.argv = [str(path), *recipe_arguments]
    sys.path = [str(path.parent), *sys.path]
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        sys.argv, sys.path = outer


def _recipes() -> dict[str, Path]:
    from vaezoo.zoo.catalog import shipped_folder

    return {path.stem: path for path in shipped_folder("recipes").glob("*.py")}


def _recipe(name: str) -> Path:
    import difflib

    recipes = _recipes()
    if name in recipes:
        return recipes[name]
    path = Path(name).expanduser()
    if path.suffix == ".py" and path.is_file():
        return path
    near = difflib.get_close_matches(name, recipes)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"Expected a recipe ({', '.join(sorted(recipes))}) or a Python file.{hint} "
        f"Received: {name!r}"
    )


def _title(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = docstring.partition("\n")[0]
    return first.removeprefix(f"{path.stem}: ")
