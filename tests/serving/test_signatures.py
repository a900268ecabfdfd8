import concurrent.futures

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

from vaezoo.random import Stream

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def described(descriptions):
    return {d.name: (d.dtype, d.shape) for d in descriptions}


def every_signature(exported):
    return exported.served.signatures


def assert_close(received, expected, **tolerances):
    """The same numbers; of files, the same pictures to within a level of grey."""
    if received.dtype == object:
        pictures = [[tf.io.decode_png(f) for f in v] for v in (received, expected)]
        received, expected = np.array(pictures, "float32")
        tolerances = {"rtol": 0.0, "atol": 1.0}
    np.testing.assert_allclose(received, expected, **tolerances)


def test_names_types_and_shapes_are_as_documented(exported):
    model, served = exported.model, exported.served
    image = ("float32", (None, *model.image_shape))
    z = ("float32", (None, model.latent_dim))
    seed, nats = ("int64", (None,)), ("float32", (None,))
    names = ("elbo", "log_prob", "kl", "reconstruction_log_prob")
    expected = {
        "reconstruct": ({"image": image}, {"reconstruction": image}),
        "serving_default": ({"image": image}, {"reconstruction": image}),
        "encode": ({"image": image}, {"z_mean": z, "z_stddev": z}),
        "decode": ({"z": z}, {"mean": image, "logits": image}),
        "sample": ({"seed": seed}, {"image": image, "z": z}),
        "log_prob": ({"image": image, "seed": seed}, dict.fromkeys(names, nats)),
    }
    if model.image_shape[-1] in (1, 3):
        files = {"image_bytes": ("string", (None,))}
        expected["sample_png"] = ({"seed": seed}, files)
        expected["decode_png"] = ({"z": z}, files)
        expected["reconstruct_png"] = (files, files)
        expected["encode_png"] = (files, expected["encode"][1])
    received = {
        name: (described(served.inputs(name)), described(served.outputs(name)))
        for name in served.signatures
    }
    assert received == expected


def test_the_default_signature_is_what_predict_returns(exported):
    received = exported.served.run("serving_default", {"image": exported.images})
    expected = exported.model.predict(exported.images, verbose=0)
    np.testing.assert_allclose(received["reconstruction"], expected, **TOLERANCE)


def test_encode_is_the_posterior(exported):
    received = exported.served.run("encode", {"image": exported.images})
    posterior = exported.model.encode(exported.images)
    np.testing.assert_allclose(received["z_mean"], posterior.mean(), **TOLERANCE)
    np.testing.assert_allclose(received["z_stddev"], posterior.stddev(), **TOLERANCE)


def test_decode_is_the_likelihood(exported):
    inputs = exported.inputs("decode")
    received = exported.served.run("decode", inputs)
    likelihood = exported.model.decode(inputs["z"])
    logits = likelihood.distribution.logits
    np.testing.assert_allclose(received["mean"], likelihood.mean(), **TOLERANCE)
    np.testing.assert_allclose(received["logits"], logits, **TOLERANCE)
    np.testing.assert_allclose(
        received["mean"], 1.0 / (1.0 + np.exp(-received["logits"])), **TOLERANCE
    )


def test_sample_draws_what_python_draws(exported):
    received = exported.served.run("sample", {"seed": exported.seeds})
    images = exported.model.sample(seed=exported.seeds)
    z = exported.model.prior_layer.draw(tf.constant(exported.seeds), Stream.LATENT)
    np.testing.assert_allclose(received["z"], z, **TOLERANCE)
    np.testing.assert_allclose(received["image"], images, **TOLERANCE)
    assert np.abs(np.diff(received["z"], axis=0)).min() > 0.0


def test_log_prob_draws_what_python_draws(exported):
    images, seeds = exported.images, exported.seeds
    received = exported.served.run("log_prob", {"image": images, "seed": seeds})
    terms = exported.model.elbo_terms(images, seed=seeds)
    np.testing.assert_allclose(received["elbo"], terms.elbo, **TOLERANCE)
    np.testing.assert_allclose(received["kl"], terms.kl, **TOLERANCE)
    np.testing.assert_allclose(
        received["reconstruction_log_prob"], terms.reconstruction, **TOLERANCE
    )
    estimate = exported.model.log_prob(images, exported.log_prob_samples, seed=seeds)
    np.testing.assert_allclose(received["log_prob"], estimate, **TOLERANCE)
    # One sample more is another estimate: the tolerance would notice.
    other = exported.model.log_prob(images, exported.log_prob_samples + 1, seed=seeds)
    assert np.abs(received["log_prob"] - other).max() > 1e-3


def test_a_row_depends_on_itself_alone(exported):
    served = exported.served
    order = np.random.default_rng(5).permutation(len(exported.seeds))
    for signature in every_signature(exported):
        together = served.run(signature, exported.inputs(signature))
        permuted = served.run(signature, exported.inputs(signature, order))
        alone = served.run(signature, exported.inputs(signature, slice(5, 6)))
        few = served.run(signature, exported.inputs(signature, slice(5, 12)))
        for name, values in together.items():
            # Equal draws; the last bits are those of the matrix kernel for that size.
            close = {"rtol": 1e-6, "atol": 1e-6}
            assert_close(permuted[name], values[order], **close)
            assert_close(alone[name], values[5:6], **close)
            assert_close(few[name], values[5:12], **close)


def test_other_rows_cannot_spoil_a_row(exported):
    images = exported.images.copy()
    images[1:] = np.nan
    inputs = {"image": images, "seed": exported.seeds}
    spoilt = exported.served.run("log_prob", inputs)
    inputs["image"] = exported.images
    whole = exported.served.run("log_prob", inputs)
    for name, values in whole.items():
        np.testing.assert_allclose(spoilt[name][0], values[0], **TOLERANCE)


def test_zero_rows_give_zero_rows(exported):
    for signature in every_signature(exported):
        inputs = exported.inputs(signature, slice(0, 0))
        received = exported.served.run(signature, inputs)
        for output in exported.served.outputs(signature):
            assert received[output.name].shape == (0, *output.shape[1:])


def test_large_batches_are_served(exported):
    rows = np.arange(1500) % len(exported.seeds)
    for signature in every_signature(exported):
        few = exported.served.run(signature, exported.inputs(signature))
        many = exported.served.run(signature, exported.inputs(signature, rows))
        for name, values in few.items():
            assert_close(many[name], values[rows], rtol=1e-5, atol=1e-5)


def test_one_seed_does_not_pass_for_all_images(exported):
    inputs = {"image": exported.images, "seed": exported.seeds[:1]}
    with pytest.raises(tf.errors.InvalidArgumentError):
        exported.served.run("log_prob", inputs)


def test_calls_change_no_variable(exported):
    before = exported.served.variables()
    for _ in range(3):
        for signature in every_signature(exported):
            exported.served.run(signature, exported.inputs(signature))
    after = exported.served.variables()
    assert before.keys() == after.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)


def test_the_variables_are_the_weights_once(exported):
    weights = [np.asarray(weight) for weight in exported.model.weights]
    variables = list(exported.served.variables().values())
    assert len(variables) == len(weights)
    by_content = sorted(v.tobytes() for v in variables)
    assert by_content == sorted(w.tobytes() for w in weights)


def test_no_endpoint_holds_state_or_randomness(exported):
    graph = exported.served.graph_def
    library = {f.signature.name: f.node_def for f in graph.library.function}
    nodes = {node.name: node for node in graph.node}
    calls = {"PartitionedCall", "StatefulPartitionedCall", "While", "StatelessWhile"}
    reads = {"VarHandleOp", "ReadVariableOp", "Placeholder"}
    refuses = {"Assert", "If"}  # a batch with files that are no images
    seen = set()

    def visit(nodes):
        for node in nodes:
            for attribute in node.attr.values():
                function = attribute.func.name
                if function and function not in seen:
                    seen.add(function)
                    visit(library[function])
            assert "Random" not in node.op
            assert not node.attr["_XlaMustCompile"].b
            if node.op not in calls | reads:
                stateful = op_def_registry.get(node.op).is_stateful
                assert not stateful or node.op in refuses, node.op

    serving = [n for n in nodes.values() if n.op == "StatefulPartitionedCall"]
    restoring = [n for n in serving if "traced_" in n.attr["f"].func.name]
    visit([n for n in serving if n not in restoring])
    assert any("while" in name for name in seen)


def test_many_threads_get_their_own_answers(exported):
    def ask(row):
        rows = slice(row, row + 1)
        return exported.served.run("log_prob", exported.inputs("log_prob", rows))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(len(exported.seeds))))
    together = exported.served.run("log_prob", exported.inputs("log_prob"))
    for row, answer in enumerate(answers):
        np.testing.assert_allclose(
            answer["log_prob"][0], together["log_prob"][row], rtol=1e-5
        )
