// A served model: what it takes, by its metadata, and its verbs.

import { modelCard, modelSignatures, modelStatus, predict, RequestError } from "./api.js";
import { Picture, round } from "./pixels.js";

// Numbers in the body or the answer of one request; more are asked for in parts.
const MOST_NUMBERS = 150_000;
// From so many numbers on, pictures travel as PNG where the model can make them.
const PNG_NUMBERS = 12_000;
const MOST_PROBED_CLASSES = 64;

/** Asks the server for all that the page needs to know of a model. */
export async function openModel(name) {
  try {
    return await describedModel(name);
  } catch (error) {
    throw await explained(error, name);
  }
}

async function describedModel(name) {
  const [card, { version, signatures }] = await Promise.all([
    modelCard(name),
    modelSignatures(name),
  ]);
  const model = new ServedModel(name, version, card, signatures);
  if (model.condition?.kind === "label" && !model.condition.size) {
    model.condition.size = await probeClasses(model);
  }
  return model;
}

export class ServedModel {
  #closed = false;

  constructor(name, version, card, signatures) {
    this.name = name;
    this.version = version;
    this.card = card;
    this.signatures = signatures;
    this.imageShape = this.#innerShape("reconstruct", "inputs", "image");
    this.latentDim = this.#innerShape("decode", "inputs", "z")?.[0] ?? 0;
    this.condition = this.#findCondition();
    if (!this.imageShape || !this.latentDim) {
      throw new RequestError(
        `${name} has no signatures decode and reconstruct of images: it is not a ` +
        "model of vaezoo.", 200);
    }
  }

  /** The model is no longer shown: what is asked for in parts is not asked to the end. */
  close() {
    this.#closed = true;
  }

  /** Whether there is such a signature. */
  has(signature) {
    return signature in this.signatures;
  }

  /** What identifies the weights, for what is kept between visits. */
  get fingerprint() {
    const files = this.card?.files ?? {};
    const weights = files["assets.extra/model.weights.h5"] ?? "";
    return `${this.name}/${this.version}/${weights.slice(0, 16)}`;
  }

  /** Whether p(z) is a standard normal distribution, by the card. */
  get standardPrior() {
    return this.card?.architecture?.prior === "standard_normal";
  }

  /** New images: `{pictures, z, exchange}`. */
  async sample(seeds, condition) {
    const { rows, exchange } = await this.#ask("sample", { seed: seeds }, condition);
    const pictures = rows.map((row) => this.#picture(row.image));
    return { pictures, z: rows.map((row) => row.z), exchange };
  }

  /**
   * The mean images of latent vectors: `{pictures, exchange}`. The condition, here as
   * everywhere, is that of all rows, or a function from a row's number to its own.
   */
  async decode(vectors, condition, asNumbers = false) {
    const z = vectors.map((vector) => Array.from(vector, (value) => round(value, 4)));
    const size = vectors.length * this.#rowNumbers("decode");
    const png = !asNumbers && size > PNG_NUMBERS && this.has("decode_png");
    const signature = png ? "decode_png" : "decode";
    const { rows, exchange } = await this.#ask(signature, { z }, condition);
    const pictures = await Promise.all(rows.map((row) => (png
      ? Picture.fromPng((row.image_bytes ?? row).b64, this.imageShape)
      : this.#picture(row.mean ?? row))));
    return { pictures, exchange };
  }

  /** Reconstructions of pictures: `{pictures, exchange}`. */
  async reconstruct(pictures, condition) {
    const image = pictures.map((picture) => picture.toNested());
    const { rows, exchange } = await this.#ask("reconstruct", { image }, condition);
    const answers = rows.map((row) => this.#picture(row.reconstruction ?? row));
    return { pictures: answers, exchange };
  }

  /** Posterior means and standard deviations: `{mean, deviation, exchange}`. */
  async encode(pictures, condition) {
    const image = pictures.map((picture) => picture.toNested());
    const { rows, exchange } = await this.#ask("encode", { image }, condition);
    return {
      mean: rows.map((row) => row.z_mean ?? row.z ?? row),
      deviation: rows.map((row) => row.z_stddev ?? null),
      exchange,
    };
  }

  /** How likely pictures are, in nats: `{rows, exchange}`. */
  async logProb(pictures, seeds, condition) {
    const image = pictures.map((picture) => picture.toNested());
    return this.#ask("log_prob", { image, seed: seeds }, condition);
  }

  /** Asks for rows, in as many requests as their size needs. */
  async #ask(signature, columns, condition) {
    const count = Object.values(columns)[0].length;
    const perRow = this.#rowNumbers(signature);
    const step = Math.max(1, Math.floor(MOST_NUMBERS / perRow));
    const rows = [];
    let first = null;
    for (let start = 0; start < count; start += step) {
      if (this.#closed) throw new RequestError("Another model is shown now.", 0);
      const part = this.#columns(columns, condition, start, Math.min(count, start + step));
      const instances = rowsOf(part);
      const { predictions, exchange } = await predict(this.name, signature, instances);
      if (!Array.isArray(predictions) || predictions.length !== instances.length) {
        throw new RequestError("The answer has not a prediction for each row.", 200);
      }
      rows.push(...predictions);
      first ??= { ...exchange, columns: part };
    }
    return { rows, exchange: first };
  }

  /** The rows from `start` to `end`, and the condition of each. */
  #columns(columns, condition, start, end) {
    const part = Object.fromEntries(Object.entries(columns).map(
      ([name, values]) => [name, values.slice(start, end)]));
    if (this.condition) {
      part[this.condition.name] = Array.from({ length: end - start }, (_, i) => (
        typeof condition === "function" ? condition(start + i) : condition));
    }
    return part;
  }

  /** Numbers of a row that go in or come out, whichever are more. */
  #rowNumbers(signature) {
    const { inputs, outputs } = this.signatures[signature] ?? {};
    const count = (tensors = {}) => Object.values(tensors)
      .map((tensor) => (tensor.dtype === "DT_STRING" ? [1000] : innerShape(tensor)))
      .reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    return Math.max(1, count(inputs), count(outputs));
  }

  #picture(nested) {
    return Picture.fromNested(nested, this.imageShape);
  }

  #innerShape(signature, side, name) {
    const tensor = this.signatures[signature]?.[side]?.[name];
    return tensor ? innerShape(tensor) : null;
  }

  /** The input beside the latent vector, if there is one. */
  #findCondition() {
    const { inputs } = this.signatures.decode ?? { inputs: {} };
    const name = Object.keys(inputs).find((key) => key !== "z");
    if (!name) return null;
    const shape = innerShape(inputs[name]);
    if (shape.length === 0) {
      const declared = this.card?.architecture?.condition?.config?.num_classes;
      return { name, kind: "label", size: Number(declared) || 0 };
    }
    const kind = shape.length === 1 ? "attributes" : "image";
    return { name, kind, size: shape[0], shape };
  }
}

/** The rows of a request; a single input drops its name. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((value, i) => (names.length === 1
    ? value
    : Object.fromEntries(names.map((name) => [name, columns[name][i]]))));
}

/** A tensor's shape without the batch axis. */
function innerShape(tensor) {
  return (tensor.tensor_shape?.dim ?? []).slice(1).map((dim) => Number(dim.size));
}

/** An error of a model that did not open, with what its versions say. */
async function explained(error, name) {
  try {
    const versions = await modelStatus(name);
    const said = versions.map(({ version, state, status }) => (
      `version ${version} is ${state.toLowerCase()}` +
      (status.error_message ? `: ${status.error_message}` : "")));
    return new Error(`${error.message} (${name}: ${said.join("; ")})`);
  } catch {
    return error;
  }
}

/** How many classes there are: a label that is no class has NaN for an answer. */
async function probeClasses(model) {
  const labels = Array.from({ length: MOST_PROBED_CLASSES + 1 }, (_, label) => label);
  const vectors = labels.map(() => new Array(model.latentDim).fill(0));
  const { pictures } = await model.decode(vectors, (row) => labels[row], true);
  const beyond = pictures.findIndex((picture) => !picture.valid);
  return beyond < 0 ? MOST_PROBED_CLASSES : Math.max(1, beyond);
}
