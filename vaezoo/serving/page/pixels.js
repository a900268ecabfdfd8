// Pictures: pixels as the server sends them, on a canvas without smoothing.

/** Pixels of a picture in [0, 1], row by row, channel by channel. */
export class Picture {
  constructor(height, width, channels, values) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.values = values;
  }

  /** A picture of the nested lists `[row][column][channel]` of an answer. */
  static fromNested(nested, [height, width, channels]) {
    const values = Float32Array.from(nested.flat(2), (value) => value ?? NaN);
    if (values.length !== height * width * channels) {
      throw new Error(`Expected ${height} x ${width} x ${channels} pixels. ` +
        `Received: ${values.length} values`);
    }
    return new Picture(height, width, channels, values);
  }

  /** A picture of a PNG file in base64. */
  static async fromPng(base64, [height, width, channels]) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return Picture.fromImageData(context.getImageData(0, 0, width, height), channels);
  }

  /** A picture of a canvas' pixels; grey is the luminance. */
  static fromImageData({ data, height, width }, channels) {
    const values = new Float32Array(height * width * channels);
    for (let i = 0; i < height * width; i += 1) {
      const [r, g, b] = data.subarray(4 * i, 4 * i + 3);
      for (let c = 0; c < channels; c += 1) {
        const value = channels === 3 ? [r, g, b][c] : luminance(r, g, b);
        values[i * channels + c] = value / 255;
      }
    }
    return new Picture(height, width, channels, values);
  }

  /** Whether all pixels are numbers; an answer of NaN is none. */
  get valid() {
    return this.values.every(Number.isFinite);
  }

  /** The nested lists of a request, to four decimals. */
  toNested() {
    const { height, width, channels } = this;
    return range(height).map((y) => range(width).map((x) => {
      const at = (y * width + x) * channels;
      return range(channels).map((c) => round(this.values[at + c], 4));
    }));
  }

  /** The pixels for a canvas: colours of three channels, else grey of the first. */
  toImageData() {
    const { height, width, channels, values } = this;
    const image = new ImageData(width, height);
    for (let i = 0; i < height * width; i += 1) {
      for (let c = 0; c < 3; c += 1) {
        const value = values[i * channels + (channels === 3 ? c : 0)];
        image.data[4 * i + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
      image.data[4 * i + 3] = 255;
    }
    return image;
  }

  /** Draws the picture as all there is on a canvas, a pixel for a pixel. */
  paint(canvas) {
    if (canvas.width !== this.width || canvas.height !== this.height) {
      canvas.width = this.width;
      canvas.height = this.height;
    }
    canvas.getContext("2d").putImageData(this.toImageData(), 0, 0);
    canvas.dataset.painted = "";
  }
}

/** Makes a canvas show nothing. */
export function clear(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  delete canvas.dataset.painted;
}

/** Offers a picture as a PNG file, each pixel `scale` pixels wide. */
export function download(picture, name) {
  const scale = Math.max(1, Math.round(512 / Math.max(picture.width, picture.height)));
  const small = document.createElement("canvas");
  picture.paint(small);
  const large = document.createElement("canvas");
  large.width = picture.width * scale;
  large.height = picture.height * scale;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  large.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

/** The integers from 0 to n - 1. */
export function range(n) {
  return Array.from({ length: n }, (_, i) => i);
}

/** A number to so many decimals, without a negative zero. */
export function round(value, decimals) {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0;
}

function luminance(r, g, b) {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}
