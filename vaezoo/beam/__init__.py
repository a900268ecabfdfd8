"""Encoding of large data sets in parallel, as an Apache Beam pipeline.

It runs what `vaezoo.export` wrote; each worker needs `vaezoo[beam]`. The names are
fetched at their first use, for Apache Beam is an extra.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo.beam.encode_shards import EncodeShards as EncodeShards
    from vaezoo.beam.encoding import Encoded as Encoded
    from vaezoo.beam.encoding import encode as encode
    from vaezoo.beam.shards import Shard as Shard
    from vaezoo.beam.shards import find_shards as find_shards

# The module of each name.
_NAMES = {
    "EncodeShards": "encode_shards",
    "Encoded": "encoding",
    "Shard": "shards",
    "encode": "encoding",
    "find_shards": "shards",
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'vaezoo.beam' has no attribute {name!r}")
    try:
        importlib.import_module("apache_beam")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Expected Apache Beam: `pip install 'vaezoo[beam]'`. Received: {error}",
            name=error.name,
        ) from error
    return getattr(importlib.import_module(f"vaezoo.beam.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
