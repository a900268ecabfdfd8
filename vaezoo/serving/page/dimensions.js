// Which latent dimensions carry information, found out from the endpoints themselves.

import { Picture, range, round } from "./pixels.js";

const SAMPLES = 64;
const FEWEST_SAMPLES = 16;
// Pixels of all samples together; of large images fewer are taken.
const MOST_PIXELS = 400_000;
const STANDARD = { center: 0, spread: 1 };

/**
 * The latent dimensions, the most active first:
 * `{samples, dimensions: [{dimension, kl, center, spread}]}`.
 *
 * Samples of the prior are encoded, and the KL divergence of each dimension's posterior
 * from the prior is averaged, in nats. `center` and `spread` are the prior's mean and
 * standard deviation; where the prior is not standard normal, those of the samples.
 */
export async function measureDimensions(model, condition) {
  const key = `vaezoo:dimensions:${model.fingerprint}:${JSON.stringify(condition)}`;
  const kept = recall(key, model.latentDim);
  if (kept) return kept;
  const found = model.has("sample")
    ? await measureSamples(model, condition)
    : await measureCodes(model, condition);
  found.dimensions.sort((a, b) => b.kl - a.kl || a.dimension - b.dimension);
  remember(key, found);
  return found;
}

async function measureSamples(model, condition) {
  const pixels = model.imageShape.reduce((a, b) => a * b);
  const affordable = Math.floor(MOST_PIXELS / pixels);
  const count = Math.min(SAMPLES, Math.max(FEWEST_SAMPLES, affordable));
  const { pictures, z } = await model.sample(range(count), condition);
  const { mean, deviation } = await model.encode(pictures, condition);
  const dimensions = range(model.latentDim).map((d) => {
    const prior = model.standardPrior ? STANDARD : moments(z.map((row) => row[d]));
    const terms = mean.map((row, i) => divergence(row[d], deviation[i]?.[d], prior));
    const kl = terms.reduce((sum, term) => sum + term, 0) / terms.length;
    return { dimension: d, kl: round(Number.isFinite(kl) ? kl : 0, 4), ...prior };
  });
  return { samples: count, dimensions };
}

/** A model without a prior: dimensions in their order, ranges by some codes. */
async function measureCodes(model, condition) {
  const pictures = range(FEWEST_SAMPLES).map((i) => strokes(model.imageShape, i));
  const codes = (await model.encode(pictures, condition)).mean;
  const dimensions = range(model.latentDim).map((d) => {
    const { center, spread } = moments(codes.map((row) => row[d]));
    return { dimension: d, kl: 0, center, spread };
  });
  return { samples: 0, dimensions };
}

/** KL of N(mean, deviation) from the prior N(center, spread) in nats. */
function divergence(mean, deviation, { center, spread }) {
  const ratio = (deviation ?? spread) / spread;
  const shift = (mean - center) / spread;
  return 0.5 * (ratio ** 2 + shift ** 2 - 1) - Math.log(ratio);
}

function moments(values) {
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const spread = Math.sqrt(squares / Math.max(1, values.length - 1));
  return { center: round(center, 3), spread: round(Math.max(spread, 1e-3), 3) };
}

/**
 * A picture of two strokes, for models without a prior to draw from: the same for the
 * same number.
 */
export function strokes([height, width, channels], number) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const turn = (number * 2.399963) % (2 * Math.PI); // the golden angle
  context.fillRect(0, 0, width, height);
  context.strokeStyle = "white";
  context.lineWidth = Math.max(1, Math.min(height, width) / 12);
  context.lineCap = "round";
  context.translate(width / 2, height / 2);
  context.rotate(turn / 4);
  context.scale(width / 2, height / 2);
  context.beginPath();
  context.arc(0, -0.25, 0.28, turn, turn + 2 + (number % 5));
  context.lineTo(0.1 * Math.cos(turn), 0.6);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.stroke();
  return Picture.fromImageData(context.getImageData(0, 0, width, height), channels);
}

function recall(key, size) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    return kept?.dimensions?.length === size ? kept : null;
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // No storage, or none left: it is measured again next time.
  }
}
