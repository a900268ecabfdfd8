import pytest


def test_unknown_signatures_name_the_known_ones(exported):
    with pytest.raises(ValueError, match=r"'encode'.*Received: 'draw'"):
        exported.served.run("draw", {})
    with pytest.raises(ValueError, match="Received: '__saved_model_init_op'"):
        exported.served.run("__saved_model_init_op", {})


def test_missing_and_unknown_inputs(exported):
    with pytest.raises(ValueError, match=r"\['image', 'seed'\].*Received: \['image'\]"):
        exported.served.run("log_prob", {"image": exported.images})
    with pytest.raises(ValueError, match=r"Received: \['seed', 'temperature'\]"):
        exported.served.run("sample", {"seed": [1], "temperature": [1.0]})


def test_wrong_shapes(exported):
    with pytest.raises(ValueError, match="shape"):
        exported.served.run("sample", {"seed": [[1, 2]]})
    with pytest.raises(ValueError, match="shape"):
        exported.served.run("sample", {"seed": 1})
