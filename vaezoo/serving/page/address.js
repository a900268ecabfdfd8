// What is shown, as the address after `#`: it can be bookmarked and sent.

import { round } from "./pixels.js";
import { PATHS } from "./latent_paths.js";

export const VIEWS = ["explore", "reconstruct", "interpolate", "card"];
const MOST_VALUES = 4096;

/**
 * What is shown.
 * `z` holds the latent dimensions that were moved; an end of the interpolation is
 * `{seed}` or `{z}`.
 */
export function initialState() {
  return {
    model: null,
    view: "explore",
    seed: 1,
    z: new Map(),
    label: 0,
    attributes: null,
    ends: [{ seed: 1 }, { seed: 2 }],
    path: "spherical",
    t: 0.5,
  };
}

/** The state that an address describes; what is wrong in it is as if left out. */
export function readAddress(hash) {
  const state = initialState();
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const take = (name, parse, keep) => {
    const value = fields.has(name) ? parse(fields.get(name)) : undefined;
    if (value !== undefined) keep(value);
  };
  take("model", (text) => text, (value) => { state.model = value; });
  take("view", oneOf(VIEWS), (value) => { state.view = value; });
  take("seed", integer, (value) => { state.seed = value; });
  take("z", moved, (value) => { state.z = value; });
  take("label", integer, (value) => { state.label = value; });
  take("condition", numbers, (value) => { state.attributes = value; });
  take("a", end, (value) => { state.ends[0] = value; });
  take("b", end, (value) => { state.ends[1] = value; });
  take("path", oneOf(PATHS), (value) => { state.path = value; });
  take("t", fraction, (value) => { state.t = value; });
  return state;
}

/** The address that describes a state; the condition is named if there is one. */
export function writeAddress(state, condition) {
  const fields = [["model", encodeURIComponent(state.model)], ["view", state.view]];
  if (condition?.kind === "label") fields.push(["label", state.label]);
  if (condition?.kind === "attributes" && state.attributes) {
    fields.push(["condition", state.attributes.join(",")]);
  }
  if (state.view === "explore") {
    fields.push(["seed", state.seed]);
    if (state.z.size) {
      const pairs = [...state.z].map(([d, value]) => `${d}:${round(value, 3)}`);
      fields.push(["z", pairs.join(",")]);
    }
  }
  if (state.view === "interpolate") {
    fields.push(["a", endText(state.ends[0])], ["b", endText(state.ends[1])]);
    fields.push(["path", state.path], ["t", round(state.t, 3)]);
  }
  return `#${fields.map((field) => field.join("=")).join("&")}`;
}

/** A seed from a text: an integer that JavaScript holds exactly; else undefined. */
export function integer(text) {
  const value = /^-?\d+$/.test(text.trim()) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function number(text) {
  const value = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) && Math.abs(value) < 1e6 ? value : undefined;
}

function numbers(text) {
  const values = text.split(",").map(number);
  const valid = values.length <= MOST_VALUES && !values.includes(undefined);
  return valid ? values : undefined;
}

function fraction(text) {
  const value = number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}

function moved(text) {
  const pairs = text.split(",").map((pair) => pair.split(":"));
  const values = pairs.map(([d, value = ""]) => [integer(d), number(value)]);
  const valid = values.every(([d, value]) => d >= 0 && value !== undefined);
  return valid && values.length <= MOST_VALUES ? new Map(values) : undefined;
}

function end(text) {
  if (!text.startsWith("z:")) {
    const seed = integer(text);
    return seed === undefined ? undefined : { seed };
  }
  const z = numbers(text.slice(2));
  return z && { z };
}

function endText({ seed, z }) {
  return z ? `z:${z.map((value) => round(value, 3)).join(",")}` : String(seed);
}

function oneOf(known) {
  return (text) => (known.includes(text) ? text : undefined);
}
