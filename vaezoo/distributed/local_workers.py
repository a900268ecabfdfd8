"""Several workers on this machine, each a process."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Sequence

from vaezoo.distributed.cluster import cluster_config

# Seconds in which the other workers notice that one is gone, and say so.
_PATIENCE = 60.0


def run_local_workers(command: Sequence[str], workers: int) -> None:
    """Runs a program as each of the workers of a cluster on this machine.

    The output of the first worker is shown, and the errors of all.

    Args:
        command: The program and its arguments.
        workers: How many processes to start.

    Raises:
        RuntimeError: If a worker failed; the others are stopped.
    """
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(workers)]
    with contextlib.ExitStack() as stack:
        processes = []
        for index in range(workers):
            config = cluster_config(addresses, index)
            process = subprocess.Popen(
                command,
                env=os.environ | {"TF_CONFIG": config},
                stdin=subprocess.DEVNULL,
                stdout=None if index == 0 else subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(_stop, process)
            processes.append(process)
        _wait(processes)


def _wait(processes: Sequence[subprocess.Popen]) -> None:
    """Waits until all are done, or for a while after one failed."""
    first = deadline = None
    while any(process.poll() is None for process in processes):
        failed = [i for i, process in enumerate(processes) if process.poll()]
        if failed and first is None:
            first, deadline = failed[0], time.monotonic() + _PATIENCE
        if deadline is not None and time.monotonic() > deadline:
            break
        time.sleep(0.1)
    codes = [process.returncode for process in processes]
    if first is None and any(codes):
        first = next(i for i, code in enumerate(codes) if code)
    if first is not None:
        raise RuntimeError(
            f"Expected {len(processes)} workers to train to the end. Received: worker "
            f"{first} ended with exit code {codes[first]}, and the others stopped"
        )


def _stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10.0)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
