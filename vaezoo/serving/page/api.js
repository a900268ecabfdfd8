// The REST interface of the server, as any client uses it.

const ROOT = new URL(".", document.baseURI);
const PATIENCE = 60_000; // milliseconds
const PAUSES = [200, 600]; // milliseconds

/** A request that got no answer, or an error for an answer. */
export class RequestError extends Error {
  /** `status` is 0 where the server did not answer. */
  constructor(message, status) {
    super(message);
    this.name = "RequestError";
    this.status = status;
  }
}

/** The served models: `[{name, versions: [{version, state}]}]`. */
export async function servedModels() {
  const { value } = await request("v1/models");
  return value.models;
}

/** The card of a model; null if it has none. */
export async function modelCard(name) {
  try {
    return (await request(`${address(name)}/card`)).value;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** The signatures of a model by name, and the version that is served. */
export async function modelSignatures(name) {
  const { value } = await request(`${address(name)}/metadata`);
  return {
    version: value.model_spec.version,
    signatures: value.metadata.signature_def.signature_def,
  };
}

/** Where the server is, for programs. */
export function serverAddress() {
  return ROOT.href.replace(/\/$/, "");
}

/** The state of each version of a model. */
export async function modelStatus(name) {
  return (await request(address(name))).value.model_version_status;
}

/** The address of a model's card, for a link. */
export function cardAddress(name) {
  return new URL(`${address(name)}/card`, ROOT).href;
}

/**
 * Asks a signature for predictions of rows.
 * Returns `{predictions, exchange}`; the exchange tells what went over the wire.
 */
export async function predict(name, signature, instances) {
  const body = toJson({ signature_name: signature, instances });
  const { value, exchange } = await request(`${address(name)}:predict`, body);
  const told = { ...exchange, name, signature };
  return { predictions: value.predictions, exchange: told };
}

function address(name) {
  return `v1/models/${encodeURIComponent(name)}`;
}

/** Asks; what a busy server refuses is asked again, a few times. */
async function request(path, body = null) {
  for (const pause of PAUSES) {
    try {
      return await requestOnce(path, body);
    } catch (error) {
      if (error.status !== 429 && error.status !== 503) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return requestOnce(path, body);
}

async function requestOnce(path, body) {
  const url = new URL(path, ROOT);
  const started = performance.now();
  let response, text;
  try {
    response = await fetch(url, {
      method: body === null ? "GET" : "POST",
      body,
      headers: body === null ? {} : { "Content-Type": "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    text = await response.text();
  } catch (error) {
    const late = error.name === "TimeoutError";
    const why = late ? "did not answer in time" : "cannot be reached";
    throw new RequestError(`The server at ${ROOT.host} ${why}.`, 0);
  }
  const exchange = {
    url: url.href,
    body,
    status: response.status,
    milliseconds: performance.now() - started,
    bytes: text.length,
  };
  const value = fromJson(text);
  if (!response.ok) {
    const said = typeof value?.error === "string" ? value.error : response.statusText;
    throw new RequestError(said || `The server answered ${response.status}.`,
      response.status);
  }
  if (value === undefined) {
    throw new RequestError("The answer of the server is not JSON.", response.status);
  }
  return { value, exchange };
}

/** JSON in which NaN is written as TensorFlow Serving reads it. */
function toJson(value) {
  return JSON.stringify(value, (_, part) => (Number.isNaN(part) ? "\u0000" : part))
    .replaceAll('"\\u0000"', "NaN");
}

/** The value of a JSON text, NaN and infinities as null; undefined if it is none. */
function fromJson(text) {
  for (const repaired of [(t) => t, withoutNaN]) {
    try {
      return JSON.parse(repaired(text));
    } catch {
      // Perhaps with the numbers that JSON lacks.
    }
  }
  return undefined;
}

function withoutNaN(text) {
  const tokens = /("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity|inf|nan)\b/g;
  return text.replace(tokens, (_, string) => string ?? "null");
}
