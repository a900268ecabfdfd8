"""Which of the workers that train together this process is, as `TF_CONFIG` says."""

import json
import os
from typing import NamedTuple

_VARIABLE = "TF_CONFIG"


class Cluster(NamedTuple):
    """The workers that train one model together.

    Attributes:
        workers: How many there are; 1 without a cluster.
        index: Which one this process is; 0 is the chief, the one that writes.
    """

    workers: int = 1
    index: int = 0


def find_cluster() -> Cluster:
    """The cluster that this process belongs to: of itself alone without `TF_CONFIG`.

    Raises:
        ValueError: If `TF_CONFIG` is not what TensorFlow defines.
    """
    text = os.environ.get(_VARIABLE)
    if not text:
        return Cluster()
    try:
        config = json.loads(text)
        jobs = config.get("cluster", {})
        chiefs, workers = (len(jobs.get(job, ())) for job in ("chief", "worker"))
        if not chiefs + workers:
            return Cluster()
        task = config["task"]
        index = int(task["index"]) + (0 if task["type"] == "chief" else chiefs)
        if task["type"] not in ("chief", "worker") or not 0 <= index < chiefs + workers:
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'Expected {_VARIABLE} as {{"cluster": {{"worker": ["host:port", ...]}}, '
            '"task": {"type": "worker", "index": 0}}, in JSON. '
            f"Received: {text}"
        ) from error
    return Cluster(chiefs + workers, index)


def is_chief() -> bool:
    """Whether this process is the one that writes: all are, without a cluster."""
    return find_cluster().index == 0


def cluster_config(addresses: list[str], index: int) -> str:
    """What `TF_CONFIG` is for one of the workers.

    Args:
        addresses: "host:port" of each worker.
        index: Which one it is for.
    """
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})
