"""How many requests a second the local server answers, with and without batching.

python -m benchmarks.serving --model conv_vae_mnist --clients 16 --seconds 5

Each client asks for one row at a time, over its own connection; the clients are threads
of one other process on the same machine, so that they take their share of its cores.
"""

import argparse
import concurrent.futures
import http.client
import json
import multiprocessing
import statistics
import time

_BATCHING = {"none": None, "0 ms": 0.0, "2 ms": 0.002}
_ROWS = 64


def main() -> None:
    """Prints a line for each signature and way of batching."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="conv_vae_mnist")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument(
        "--signatures", nargs="+", default=["sample_png", "serving_default", "log_prob"]
    )
    arguments = parser.parse_args()
    print(
        f"{arguments.clients} clients, a row a request, batches of up to {_ROWS} rows"
    )
    print(f"{'signature':<16} {'batching':<8} requests/s  median ms  99 % ms")
    for signature in arguments.signatures:
        for batching, delay in _BATCHING.items():
            times = _measure(arguments, signature, delay)
            ordered = sorted(times)
            rate = len(times) / arguments.seconds
            print(
                f"{signature:<16} {batching:<8} {rate:>10.0f} "
                f"{statistics.median(times) * 1000:>10.1f} "
                f"{ordered[len(ordered) * 99 // 100] * 1000:>8.1f}",
                flush=True,
            )


def _measure(
    arguments: argparse.Namespace, signature: str, delay: float | None
) -> list[float]:
    """Seconds of each request."""
    from vaezoo.serving.server import BatchingOptions, ModelManager, RestServer
    from vaezoo.zoo import version_folder

    name = arguments.model
    options = None if delay is None else BatchingOptions(_ROWS, delay)
    folder = version_folder(name).parent
    with (
        ModelManager({name: folder}, batching=options, poll_seconds=None) as manager,
        RestServer(manager, port=0) as server,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        row = {
            tensor.name: _value(tensor.dtype, tensor.shape[1:])
            for tensor in manager.inputs(name, signature)
        }
        body = json.dumps({"signature_name": signature, "instances": [row]}).encode()
        path = f"/v1/models/{name}:predict"
        work = (server.port, path, body, arguments.clients)
        pool.apply(ask, (*work, 1.0))  # warm
        return pool.apply(ask, (*work, arguments.seconds))


def _value(dtype: str, shape: tuple[int, ...]) -> object:
    value: object = 7 if dtype.startswith("int") else 0.5
    for size in reversed(shape):
        value = [value] * size
    return value


def ask(port: int, path: str, body: bytes, clients: int, seconds: float) -> list[float]:
    """Asks from many threads for a while; returns the seconds of each request."""
    end = time.perf_counter() + seconds

    def run(_: int) -> list[float]:
        times = []
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while (started := time.perf_counter()) < end:
            connection.request("POST", path, body)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"Expected 200. Received: {response.status}")
            times.append(time.perf_counter() - started)
        connection.close()
        return times

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return [second for times in pool.map(run, range(clients)) for second in times]


if __name__ == "__main__":
    main()
