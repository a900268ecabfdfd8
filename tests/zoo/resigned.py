"""Loads damaged copies of a model whose digests are right, as an attacker makes them.

A program for `test_resigned.py`: what the files do to it, they do not do to the tests.
Memory is limited to 3 GiB more than TensorFlow takes, a single load to 20 seconds of
processor time.

python resigned.py FOLDER FIRST_SEED COUNT
"""

import collections
import hashlib
import json
import pathlib
import random
import resource
import signal
import sys
import time

import vaezoo
from vaezoo.zoo import ModelFileError
from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE

SECONDS = 20
VALUES = (
    *(0, -1, 3, 10**6, 10**9, 2**31, 2**62, 2**64, 10**30, 10**300),
    *(0.5, -1.5, 1e-300, 1e308, None, True, "", "x" * 100_000, "\ud800", "\x1b[31m"),
    *("relu", "float64", "float128", "mixed_float16", "../../..", "/etc/passwd"),
    *([], {}, [[]], [10**9], [10**6, 10**6], [1] * 3000, [10**4] * 4, [None], [-1]),
    *({"class_name": "Dense", "config": {}, "module": "keras.layers"},),
    *({"class_name": "Lambda", "config": {}, "module": "keras.layers"},),
    *({"class_name": "function", "config": "eval", "module": "builtins"},),
    *({"class_name": "__tensor__", "config": {"value": [1e9], "dtype": "float32"}},),
    *({"class_name": "__numpy__", "config": {"value": [[1]], "dtype": "O"}},),
)


def damaged_bytes(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        at = rng.randrange(len(data))
        size = rng.choice([1, 1, 2, 4, 8, 64, 512])
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at : at + size] = rng.choice([b"\0", b"\xff"]) * len(data[at:][:size])
        elif kind == 2:
            data = data[: max(at, 20)]
        elif kind == 3:
            other = rng.randrange(len(data))
            data[at : at + size] = data[other : other + size]
        else:
            data[at] = rng.randrange(256)
    return bytes(data)


def places(value):
    """Every container in parsed JSON, with each of its keys."""
    stack = [value]
    while stack:
        value = stack.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in list(items):
            yield value, key
            if isinstance(item, (dict, list)):
                stack.append(item)


def damaged_json(data, rng):
    value = json.loads(data)
    for _ in range(rng.choice([1, 1, 1, 3])):
        container, key = rng.choice(list(places(value)))
        if rng.random() < 0.15:
            del container[key]
        else:
            container[key] = rng.choice(VALUES)
    return json.dumps(value).encode()


def damage(folder, contents, seed):
    """Changes the files by a seed, and makes the card's digests right again."""
    rng = random.Random(seed)
    files = dict(contents)
    name = rng.choice([CONFIG_FILE, CONFIG_FILE, WEIGHTS_FILE, CARD_FILE])
    structured = name != WEIGHTS_FILE and rng.random() < 0.8
    files[name] = (damaged_json if structured else damaged_bytes)(files[name], rng)
    if name != CARD_FILE:
        card = json.loads(files[CARD_FILE])
        for path in (CONFIG_FILE, WEIGHTS_FILE):
            card["files"][path] = hashlib.sha256(files[path]).hexdigest()
        card["size_bytes"] = sum(map(len, files.values()))
        if rng.random() < 0.3:
            card["parameters"] = rng.choice([0, 10**12, 10**6])
        files[CARD_FILE] = json.dumps(card).encode()
    for path, content in files.items():
        (folder / path).write_bytes(content)
    return name


def outcome(folder):
    try:
        str(vaezoo.info(folder))
        vaezoo.load(folder)
    except ModelFileError as error:
        return None if error.reason and str(folder) in str(error) else f"{error!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def limit_memory():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + 3 * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(folder, first, count):
    paths = (CARD_FILE, CONFIG_FILE, WEIGHTS_FILE)
    contents = {path: (folder / path).read_bytes() for path in paths}
    vaezoo.load(folder)
    limit_memory()
    signal.signal(signal.SIGPROF, lambda *_: sys.exit("it takes too long"))
    counts, bad, slowest = collections.Counter(), [], 0.0
    for seed in range(first, first + count):
        name = damage(folder, contents, seed)
        print(f"seed {seed}: {name}", file=sys.stderr, flush=True)
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        result = outcome(folder)
        signal.setitimer(signal.ITIMER_PROF, 0)
        slowest = max(slowest, time.process_time() - began)
        counts["refused" if result is None else "loaded" if not result else "bad"] += 1
        if result:
            bad.append([seed, name, result])
    print(json.dumps({**counts, "bad_ones": bad, "slowest": slowest}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:]))
