"""`vaezoo train`."""

import argparse
import ast
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.tables import print_table

_EXAMPLES = """
vaezoo train --list
vaezoo train fc_vae_mnist --help
vaezoo train fc_vae_mnist --epochs 2 --out models --seed 1
vaezoo train path/to/recipe.py --resume
vaezoo train fc_vae_mnist --workers 2

on several machines, in a folder that all of them see, worker by worker:
  TF_CONFIG='{"cluster": {"worker": ["a:2222", "b:2222"]},
    "task": {"type": "worker", "index": 0}}' vaezoo train fc_vae_mnist
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "train", run, "train a model by its recipe", _EXAMPLES
    )
    parser.usage = (
        "vaezoo train [-h] [--list] RECIPE [--workers N] [the recipe's own arguments]"
    )
    parser.add_argument(
        "recipe", nargs="?", metavar="RECIPE", help="a recipe's name or file"
    )
    parser.add_argument("--list", action="store_true", help="list the recipes")
    _add_workers(parser)
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
    workers, recipe_arguments = _split_workers(arguments)
    if workers > 1:
        from vaezoo.distributed import run_local_workers

        program = [sys.executable, "-m", "vaezoo", "train", str(path)]
        run_local_workers([*program, *recipe_arguments], workers)
        return
    import_tensorflow()
    from vaezoo.distributed import cluster_strategy

    cluster_strategy()  # TensorFlow joins a cluster before its first operation
    _run_as_program(path, recipe_arguments)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        type=positive_integer,
        metavar="N",
        default=1,
        help="train in N processes on this machine, each with its part of every batch "
        "(default: %(default)s)",
    )


def _split_workers(arguments: argparse.Namespace) -> tuple[int, list[str]]:
    """How many workers, and the arguments of the recipe without that."""
    parser = argparse.ArgumentParser(
        prog=arguments.parser.prog, add_help=False, allow_abbrev=False
    )
    _add_workers(parser)
    parser.set_defaults(workers=arguments.workers)
    parser.error = arguments.parser.error
    found, rest = parser.parse_known_args(arguments.recipe_arguments)
    return found.workers, rest


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
