"""Training on several machines: which worker this is, and the strategy of all.

It imports no TensorFlow before something needs it.
"""

from typing import Any

from vaezoo.distributed.cluster import Cluster as Cluster
from vaezoo.distributed.cluster import find_cluster as find_cluster
from vaezoo.distributed.cluster import is_chief as is_chief
from vaezoo.distributed.local_workers import run_local_workers as run_local_workers
from vaezoo.distributed.scope import cluster_strategy as cluster_strategy
from vaezoo.distributed.scope import training_scope as training_scope


def __getattr__(name: str) -> Any:
    if name == "cluster_backup":
        from vaezoo.distributed.backup import cluster_backup

        return cluster_backup
    raise AttributeError(f"module 'vaezoo.distributed' has no attribute {name!r}")
