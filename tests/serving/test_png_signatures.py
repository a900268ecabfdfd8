"""Files in, files out: the signatures with `image_bytes`, in the session runtime."""

import numpy as np
import pytest
import tensorflow as tf

from vaezoo.serving.image_files import MAX_PIXELS

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


# Those whose images can be files: of two channels there are none.
pytestmark = pytest.mark.parametrize(
    "exported", ["convolutional", "fully_connected"], indirect=True
)


def pictures(files):
    return np.array([tf.io.decode_png(file) for file in files]) / 255.0


def random_file(rng, height, width, channels=3, encode=tf.io.encode_png):
    pixels = rng.integers(0, 256, (height, width, channels), dtype="uint8")
    return encode(pixels).numpy()


@pytest.mark.parametrize(
    ("plain", "output"),
    [("sample", "image"), ("decode", "mean"), ("reconstruct", "reconstruction")],
)
def test_what_comes_out_are_the_images(exported, plain, output):
    # As the file has them: 256 levels of grey.
    images = pictures(exported.inputs("encode_png")["image_bytes"])
    inputs = {**exported.inputs(plain)}
    if "image" in inputs:
        inputs["image"] = images
    expected = exported.served.run(plain, inputs)[output]
    name = f"{plain}_png"
    received = exported.served.run(name, exported.inputs(name))["image_bytes"]
    assert all(tf.io.decode_png(file).dtype == np.uint8 for file in received)
    np.testing.assert_allclose(pictures(received), expected, rtol=0, atol=0.501 / 255)


def test_what_goes_in_is_what_python_makes_of_pixels(exported):
    inputs = exported.inputs("encode_png")
    pixels = np.array([tf.io.decode_png(file) for file in inputs["image_bytes"]])
    posterior = exported.model.encode(pixels)
    received = exported.served.run("encode_png", inputs)
    np.testing.assert_allclose(received["z_mean"], posterior.mean(), **CLOSE)
    np.testing.assert_allclose(received["z_stddev"], posterior.stddev(), **CLOSE)


def test_files_of_any_size_and_kind_share_a_batch(exported):
    rng = np.random.default_rng(7)
    mixed = [
        random_file(rng, 40, 31),
        random_file(rng, 3, 2, 1),
        random_file(rng, 64, 64, 3, tf.io.encode_jpeg),
        random_file(rng, 9, 200, 4),
        random_file(rng, 1, 1, 1, tf.io.encode_jpeg),
    ]
    for signature in ("encode_png", "reconstruct_png"):
        together = exported.served.run(signature, {"image_bytes": mixed})
        for row, file in enumerate(mixed):
            alone = exported.served.run(signature, {"image_bytes": [file]})
            for name, values in together.items():
                if name == "image_bytes":
                    received, expected = pictures([values[row], alone[name][0]])
                    np.testing.assert_allclose(received, expected, rtol=0, atol=1 / 255)
                else:
                    np.testing.assert_allclose(values[row], alone[name][0], **CLOSE)


def test_a_file_that_is_no_image_is_an_error_that_names_row_and_size(exported):
    size = "x".join(map(str, exported.model.image_shape))
    good = random_file(np.random.default_rng(0), 8, 8)
    huge = good[:16] + (2**20).to_bytes(4, "big") * 2 + good[24:]
    for bad in (b"", b"no image", b"GIF89a" + bytes(40), good[:20], huge):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            exported.served.run("encode_png", {"image_bytes": [good, bad, good]})
        message = caught.value.message
        assert f"{size} (height x width x channels)" in message
        assert str(MAX_PIXELS) in message
        assert "in the rows] [1]" in message


def test_a_damaged_image_is_an_error_that_names_the_size(exported):
    size = "x".join(map(str, exported.model.image_shape))
    rng = np.random.default_rng(0)
    png, jpeg = (
        random_file(rng, 30, 30, 3, encode)
        for encode in (tf.io.encode_png, tf.io.encode_jpeg)
    )
    for bad in (png[:-400], png[:60] + b"x" * 40 + png[100:], jpeg[:40]):
        for signature in ("encode_png", "reconstruct_png"):
            with pytest.raises(
                tf.errors.InvalidArgumentError, match=f"expected_a_PNG.*{size}"
            ):
                exported.served.run(signature, {"image_bytes": [bad]})
    # Nothing of it stays.
    good = exported.inputs("encode_png", slice(0, 1))
    first = exported.served.run("encode_png", good)
    again = exported.served.run("encode_png", good)
    np.testing.assert_array_equal(first["z_mean"], again["z_mean"])


def test_latents_without_an_image_give_an_empty_file_in_their_row(exported):
    inputs = exported.inputs("decode_png", slice(0, 3))
    whole = exported.served.run("decode_png", inputs)["image_bytes"]
    inputs["z"][1] = np.nan
    received = exported.served.run("decode_png", inputs)["image_bytes"]
    assert received[1] == b""
    assert [received[0], received[2]] == [whole[0], whole[2]]
