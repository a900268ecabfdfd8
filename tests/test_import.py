import subprocess
import sys

import pytest

import vaezoo

HEAVY = ("tensorflow", "keras", "tensorflow_probability", "numpy", "matplotlib")


def run(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import vaezoo",
        "import vaezoo; dir(vaezoo); vaezoo.__version__",
        "import vaezoo; vaezoo.list_models(); vaezoo.zoo.ModelCard",
        "import vaezoo; [vaezoo.info(name) for name in vaezoo.list_models()]",
        "import vaezoo.cli",
    ],
)
def test_nothing_heavy_is_imported(code):
    loaded = run(f"{code}\nimport sys; print(*set({HEAVY!r}) & set(sys.modules))")
    assert loaded == ""


def test_import_is_instant():
    code = (
        "import sys, time; start = time.process_time(); import vaezoo; "
        "print(time.process_time() - start)"
    )
    assert min(float(run(code)) for _ in range(3)) < 0.1


def test_loading_a_model_imports_what_it_takes_and_no_more():
    needless = ("tensorflow_datasets", "vaezoo.data", "vaezoo.evaluation")
    needless += ("vaezoo.plotting", "vaezoo.serving", "vaezoo.testing")
    loaded = run(
        "import sys, vaezoo; vaezoo.load(vaezoo.list_models()[0]); "
        f"print(*set({needless!r}) & set(sys.modules))"
    )
    assert loaded == ""


def test_a_lazy_name_is_the_object_itself():
    from vaezoo.models import VAE
    from vaezoo.zoo import load

    assert vaezoo.VAE is VAE
    assert vaezoo.load is load
    assert vaezoo.data.load("sprites", "test", image_size=16).image_shape == (16, 16, 1)
    assert {"VAE", "data", "load", "__version__"} <= set(dir(vaezoo))
    assert vaezoo.__version__.count(".") >= 1


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'vaezoo' has no attribute 'Vae'"):
        vaezoo.Vae  # noqa: B018
    assert not hasattr(vaezoo, "_private")


def test_every_lazy_name_resolves():
    missing = [name for name in dir(vaezoo) if not hasattr(vaezoo, name)]
    assert missing == []


def test_another_backend_is_refused_with_the_remedy(monkeypatch):
    import keras

    from vaezoo.backend import require_tensorflow

    require_tensorflow()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ImportError, match=r"KERAS_BACKEND=tensorflow.*Received.*'jax'"):
        require_tensorflow()


def test_keras_2_is_refused_with_the_remedy(monkeypatch):
    import keras

    from vaezoo.backend import require_tensorflow

    monkeypatch.setattr(keras, "__version__", "2.15.0")
    with pytest.raises(ImportError, match=r"Keras 3: pip install.*'2\.15\.0'"):
        require_tensorflow()


def test_a_missing_tf_keras_is_named_with_the_release_that_fits():
    """Before TensorFlow Probability says it in its own words."""
    code = (
        "import importlib.util as util, sys, tensorflow\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *a: None if name == 'tf_keras' else "
        "found(name, *a)\n"
        "try:\n"
        "    import vaezoo.models\n"
        "except ImportError as error:\n"
        "    print(error, '|', 'tensorflow_probability' in sys.modules)\n"
        "    print('.'.join(tensorflow.__version__.split('.')[:2]))\n"
    )
    message, release = run(code).splitlines()
    assert f"pip install 'tf-keras~={release}.0'" in message
    assert "Received: no module named 'tf_keras' | False" in message
