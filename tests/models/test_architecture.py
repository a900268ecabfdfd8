"""The choice of a network, by name and options."""

import dataclasses
import inspect
import json

import numpy as np
import pytest

import vaezoo
from vaezoo.models.architecture import (
    ARCHITECTURES,
    Convolutional,
    FullyConnected,
    split_architecture,
)
from vaezoo.models.conditional_networks import flat_layers

FAMILIES = {"convolutional": "ConvolutionalVAE", "fully_connected": "FullyConnectedVAE"}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_defaults_are_those_of_the_family(name):
    architecture, rest = split_architecture(name, {})
    assert rest == {}
    arguments = inspect.signature(getattr(vaezoo, FAMILIES[name])).parameters
    for field in dataclasses.fields(architecture):
        assert getattr(architecture, field.name) == arguments[field.name].default


def test_options_are_split_from_what_keras_takes():
    arguments = {"filters": [4], "name": "mine", "residual_blocks": np.int64(2)}
    architecture, rest = split_architecture("convolutional", arguments)
    assert architecture == Convolutional((4,), residual_blocks=2)
    assert rest == {"name": "mine"}
    config = json.loads(json.dumps(architecture.get_config()))
    assert config["filters"] == [4]
    assert split_architecture("convolutional", config)[0] == architecture


def test_networks_are_those_of_the_options():
    encoder = FullyConnected((5, 3)).encoder((4, 3, 1), 6)
    widths = [p.units for p in flat_layers(encoder) if hasattr(p, "units")]
    assert widths == [5, 3, 6]
    decoder = FullyConnected((5, 3)).decoder(2, (4, 3, 1), 12)
    widths = [p.units for p in flat_layers(decoder) if hasattr(p, "units")]
    assert widths == [3, 5, 12]
    decoder = Convolutional((3, 4), 5).decoder(2, (4, 3, 1), 12)
    channels = [p.filters for p in flat_layers(decoder) if hasattr(p, "filters")]
    assert channels == [3, 1]


@pytest.mark.parametrize("network", ["convolution", "Convolutional", None, 3])
def test_unknown_networks_are_refused(network):
    with pytest.raises(ValueError, match=r"fully_connected.*Received: network="):
        split_architecture(network, {})


def test_a_near_name_is_suggested():
    with pytest.raises(ValueError, match="Did you mean 'convolutional'"):
        split_architecture("convolution", {})


@pytest.mark.parametrize(
    ("network", "arguments", "received"),
    [
        ("convolutional", {"hidden_units": (3,)}, "hidden_units"),
        ("fully_connected", {"filters": (3,), "beta": 2}, "beta, filters"),
        ("fully_connected", {"hidden_units": (0,)}, "hidden_units"),
        ("convolutional", {"dense_units": 1.5}, "dense_units"),
    ],
)
def test_options_that_do_not_fit_are_refused(network, arguments, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        split_architecture(network, arguments)


def test_the_same_networks_whatever_the_family():
    options = {"hidden_units": (4,), "activation": "tanh"}
    models = [
        vaezoo.FullyConnectedVAE((3, 3, 1), 2, **options),
        vaezoo.BetaVAE((3, 3, 1), 2, network="fully_connected", **options),
        vaezoo.Autoencoder((3, 3, 1), 2, **options),
    ]
    decoders = [[w.shape for w in model.decoder.weights] for model in models]
    assert decoders[0] == decoders[1] == decoders[2]
