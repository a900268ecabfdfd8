import subprocess
import sys

import pytest

CODE = """
import socket, sys
from vaezoo.serving import Client, RequestError
with socket.socket() as found:
    found.bind(("127.0.0.1", 0))
    port = found.getsockname()[1]
with Client(f"http://127.0.0.1:{port}", "m") as client:
    try:
        client.status()
    except RequestError:
        pass
names = {name.split(".")[0] for name in sys.modules if not name.startswith("_")}
print(*sorted(names - sys.stdlib_module_names))
"""


def test_rest_takes_numpy_alone():
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    assert {"numpy", "vaezoo"} <= set(done.stdout.split())
    heavy = {"tensorflow", "keras", "tensorflow_probability", "grpc", "matplotlib"}
    assert not heavy & set(done.stdout.split())


def test_export_is_the_function_whatever_is_imported_first():
    code = (
        "import vaezoo.serving, sys, types\n"
        "sys.modules['vaezoo.serving.export'] = module = types.ModuleType('m')\n"
        "module.export = print\n"
        "vaezoo.serving.export = module\n"
        "from vaezoo.serving import export\n"
        "assert export is print\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names():
    import vaezoo.serving

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vaezoo.serving.nothing
    missing = [n for n in dir(vaezoo.serving) if not hasattr(vaezoo.serving, n)]
    assert missing == []
