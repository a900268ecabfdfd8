// A pad to draw on with mouse, pen or finger.

import { element } from "./dom.js";
import { Picture } from "./pixels.js";

const LONG_SIDE = 280; // the pad's own pixels
const MOST_STEPS = 50;

export class Pad {
  #canvas = element("canvas", {
    role: "img", "aria-label": "Drawing pad; a file or a sample serves as well",
  });
  #hint = element("p", { class: "hint" });
  #strokes = [];
  #stroke = null;
  #ground = null; // a picture under the strokes
  #onDraw;

  /** The width of the brush, in pixels of the pad. */
  brush = 20;
  /** The colour of the brush. */
  colour = "#ffffff";

  /** `onDraw` is called whenever the drawing changes. */
  constructor(place, onDraw) {
    this.#onDraw = onDraw;
    place.replaceChildren(this.#canvas, this.#hint);
    this.#canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#extend(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.#canvas.addEventListener(end, () => { this.#stroke = null; });
    }
  }

  /** Begins an empty drawing of the proportions of a model's images. */
  open([height, width], hint) {
    const scale = LONG_SIDE / Math.max(height, width);
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#hint.textContent = hint;
    this.#strokes = [];
    this.#ground = null;
    this.#draw();
  }

  /** Whether nothing is drawn. */
  get empty() {
    return this.#strokes.length === 0 && !this.#ground;
  }

  /** Whether strokes were drawn; a picture alone is not. */
  get drawn() {
    return this.#strokes.length > 0;
  }

  /** Replaces the drawing by a picture. */
  put(picture) {
    this.#strokes = [];
    this.#ground = document.createElement("canvas");
    picture.paint(this.#ground);
    this.#draw();
    this.#onDraw();
  }

  /** Takes the last stroke back, or the picture under them. */
  undo() {
    if (this.#strokes.length) this.#strokes.pop();
    else this.#ground = null;
    this.#draw();
    this.#onDraw();
  }

  /** Takes everything back. */
  clear() {
    this.#strokes = [];
    this.#ground = null;
    this.#draw();
    this.#onDraw();
  }

  /** The drawing's pixels. */
  picture(channels) {
    const { width, height } = this.#canvas;
    const image = this.#context.getImageData(0, 0, width, height);
    return Picture.fromImageData(image, channels);
  }

  get #context() {
    return this.#canvas.getContext("2d", { willReadFrequently: true });
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    const { width, height } = this.#canvas;
    return [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ];
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    const { brush, colour } = this;
    this.#stroke = { brush, colour, points: [this.#place(event)] };
    this.#strokes.push(this.#stroke);
    if (this.#strokes.length > MOST_STEPS) this.#flatten();
    this.#draw();
    this.#onDraw();
  }

  #extend(event) {
    if (!this.#stroke) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) {
      this.#stroke.points.push(this.#place(each));
    }
    this.#draw();
    this.#onDraw();
  }

  /** Makes the oldest stroke part of the ground. */
  #flatten() {
    const ground = document.createElement("canvas");
    ground.width = this.#canvas.width;
    ground.height = this.#canvas.height;
    const context = ground.getContext("2d");
    this.#paintGround(context);
    paintStroke(context, this.#strokes.shift());
    this.#ground = ground;
  }

  #paintGround(context) {
    const { width, height } = this.#canvas;
    context.fillStyle = "black";
    context.fillRect(0, 0, width, height);
    if (!this.#ground) return;
    context.imageSmoothingEnabled = this.#ground.width > width;
    const scale = Math.max(width / this.#ground.width, height / this.#ground.height);
    const [w, h] = [this.#ground.width * scale, this.#ground.height * scale];
    context.drawImage(this.#ground, (width - w) / 2, (height - h) / 2, w, h);
  }

  #draw() {
    this.#paintGround(this.#context);
    for (const stroke of this.#strokes) paintStroke(this.#context, stroke);
    this.#hint.hidden = !this.empty;
  }
}

function paintStroke(context, { brush, colour, points }) {
  context.strokeStyle = colour;
  context.lineWidth = brush;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...points[0]);
  // A line to where it began is a dot.
  for (const point of points.length > 1 ? points.slice(1) : points) {
    context.lineTo(...point);
  }
  context.stroke();
}
