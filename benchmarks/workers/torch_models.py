"""PyTorch's share of the work.

The variant is a list of words: "compile" for `torch.compile`, "fused" for the fused
Adam, "channels_last" for that memory format, "freezing" to compile with the weights as
constants. Images are float32 tensors from the start,
already on the device, so that no conversion counts against it.
"""

from typing import Any

import torch

from benchmarks.worker import Prepared, Segment, repeat, serve
from benchmarks.workers.images import read_floats
from benchmarks.workers.torch_networks import LATENT_DIMS, EncoderDecoder, layout

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segments of a task."""
    torch.manual_seed(0)
    variant = settings["variant"].split()
    segments = _TASKS[settings["task"]](settings, variant)
    name = torch.cuda.get_device_name(DEVICE) if DEVICE.type == "cuda" else "CPU"
    return Prepared(segments, name, ("torch",))


def build(
    network: str, settings: dict[str, Any], variant: list[str]
) -> tuple[EncoderDecoder, torch.Tensor]:
    """A model and the images as it takes them."""
    pixels = layout(torch.from_numpy(read_floats(settings["data"])), network)
    model = EncoderDecoder(network)
    if "channels_last" in variant:
        model = model.to(memory_format=torch.channels_last)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    return model.to(DEVICE), pixels.to(DEVICE)


def _training(settings: dict[str, Any], variant: list[str]) -> dict[str, Segment]:
    model, pixels = build(settings["network"], settings, variant)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused="fused" in variant)
    loss_of = torch.compile(model.loss) if "compile" in variant else model.loss
    batch_size, count = settings["batch_size"], settings["images"]

    def fit() -> dict[str, int]:
        order = torch.randperm(count, device=DEVICE)
        for rows in order.split(batch_size):
            loss = loss_of(pixels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        loss.item()  # waits for a GPU
        return {"count": count}

    return {"fit": fit}


def _inference(settings: dict[str, Any], variant: list[str]) -> dict[str, Segment]:
    model, pixels = build(settings["network"], settings, variant)
    segments: dict[str, Segment] = {}
    for batch in settings["batches"]:
        for verb, call in _verbs(model, pixels[:batch], variant).items():
            segments[f"{verb} {batch}"] = lambda call=call, batch=batch: {
                "count": batch * repeat(call, settings["seconds"])
            }
    return segments


def _one_image(settings: dict[str, Any], variant: list[str]) -> dict[str, Segment]:
    segments: dict[str, Segment] = {}
    for network in LATENT_DIMS:
        model, pixels = build(network, settings, variant)
        verbs = _verbs(model, pixels[:1], variant)
        for verb in ("encode", "reconstruct"):
            segments[f"{network} {verb}"] = lambda call=verbs[verb]: {
                "count": repeat(call, settings["seconds"])
            }
    return segments


def _verbs(
    model: EncoderDecoder, x: torch.Tensor, variant: list[str]
) -> dict[str, Any]:
    model = model.eval().requires_grad_(False)
    functions = {verb: getattr(model, verb) for verb in ("reconstruct", "encode")}
    functions["sample"] = model.sample
    if "compile" in variant:
        # One size at a time: its shapes are constants, as in vaezoo's graphs.
        options = {"freezing": True} if "freezing" in variant else None
        functions = {
            verb: torch.compile(function, dynamic=False, options=options)
            for verb, function in functions.items()
        }
    arguments = {"reconstruct": x, "encode": x, "sample": len(x)}

    def call(verb: str) -> Any:
        with torch.inference_mode():
            return functions[verb](arguments[verb]).cpu().numpy()

    return {verb: lambda verb=verb: call(verb) for verb in functions}


_TASKS = {"training": _training, "inference": _inference, "one_image": _one_image}

if __name__ == "__main__":
    serve(prepare)
