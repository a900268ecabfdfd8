// From a drawing or a picture file to the pixels that a model takes.

import { Picture, range } from "./pixels.js";

const LONGEST_SIDE = 1024;
const INK = 0.1; // fainter pixels do not count for where a digit is
// MNIST: the longer side of a digit is 20 of 28 pixels (LeCun et al. 1998).
const MNIST_BOX = 20 / 28;
const MOST_ENLARGED = 2; // a dot stays a dot

/** A picture of a file's pixels, no larger than need be; an error if it is none. */
export async function readImageFile(file, channels) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    const name = file.name ? `“${file.name}”` : "what was pasted";
    throw new Error(`Expected a picture, such as PNG or JPEG. Received: ${name}`);
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white"; // under what is transparent
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return Picture.fromImageData(context.getImageData(0, 0, width, height), channels);
}

/** The middle of a picture, of the proportions of a model's images, in their size. */
export function fit(picture, [height, width]) {
  const scale = Math.min(picture.height / height, picture.width / width);
  const top = (picture.height - scale * height) / 2;
  const left = (picture.width - scale * width) / 2;
  return resample(picture, height, width, scale, top, left);
}

/**
 * A digit as MNIST has it: scaled to fill a box, its centre of mass in the middle.
 * Without ink the picture is black.
 */
export function centred(picture, [height, width]) {
  const ink = inkOf(picture);
  if (!ink) return resample(picture, height, width, 1, -1e6, -1e6);
  const box = MNIST_BOX * Math.min(height, width);
  const whole = Math.min(picture.height / height, picture.width / width);
  const scale = Math.max(Math.max(ink.height, ink.width) / box, whole / MOST_ENLARGED);
  const top = ink.y - (scale * height) / 2;
  const left = ink.x - (scale * width) / 2;
  return resample(picture, height, width, scale, top, left);
}

/** Light for dark. */
export function inverted({ height, width, channels, values }) {
  return new Picture(height, width, channels, values.map((value) => 1 - value));
}

/** Whether a picture has a light margin, as a digit on paper has. */
export function onPaper({ height, width, channels, values }) {
  const edge = range(height * width).filter((i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return y === 0 || x === 0 || y === height - 1 || x === width - 1;
  });
  return edge.reduce((sum, i) => sum + values[i * channels], 0) / edge.length > 0.5;
}

/** The box of what is drawn and its centre of mass; null if nothing is. */
function inkOf({ height, width, channels, values }) {
  let [top, left, bottom, right] = [height, width, -1, -1];
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const value = values[(row * width + column) * channels];
      if (value < INK) continue;
      top = Math.min(top, row);
      left = Math.min(left, column);
      bottom = Math.max(bottom, row);
      right = Math.max(right, column);
      mass += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  if (bottom < 0) return null;
  const size = { height: bottom - top + 1, width: right - left + 1 };
  return { ...size, x: x / mass, y: y / mass };
}

/**
 * A part of a picture in another size: each pixel is the mean of the area under it;
 * outside of the picture it is black. `scale` is the side of that area.
 */
function resample(picture, height, width, scale, top, left) {
  const rows = weights(height, picture.height, scale, top);
  const columns = weights(width, picture.width, scale, left);
  const { channels } = picture;
  const values = new Float32Array(height * width * channels);
  rows.forEach((vertical, y) => columns.forEach((horizontal, x) => {
    for (const [row, a] of vertical) {
      for (const [column, b] of horizontal) {
        const from = (row * picture.width + column) * channels;
        for (let c = 0; c < channels; c += 1) {
          values[(y * width + x) * channels + c] += a * b * picture.values[from + c];
        }
      }
    }
  }));
  return new Picture(height, width, channels, values);
}

/** For each of `size` intervals the places it covers and how much of it each takes. */
function weights(size, places, scale, start) {
  return range(size).map((i) => {
    const [from, to] = [start + i * scale, start + (i + 1) * scale];
    const covered = [];
    const last = Math.min(places, Math.ceil(to));
    for (let place = Math.max(0, Math.floor(from)); place < last; place += 1) {
      const overlap = Math.min(to, place + 1) - Math.max(from, place);
      if (overlap > 0) covered.push([place, overlap / scale]);
    }
    return covered;
  });
}
