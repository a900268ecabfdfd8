// A slider on a strip of film: what the model draws along one latent dimension.

import { dimensionName, element, icon } from "./dom.js";
import { range, round } from "./pixels.js";
import { thumbnail } from "./stage.js";

const FRAMES = 7; // at -3 to 3 standard deviations of the prior
const HALF = (FRAMES - 1) / 2;

export class FilmSlider {
  #input;
  #output = element("output", {});
  #reset;
  #frames;
  #share;

  /**
   * `entry` is one of `measureDimensions`, `most` the largest KL of all; `onInput` is
   * called while the slider moves, `onChange` when it is let go, `onReset` by its button.
   */
  constructor(entry, most, imageShape, { onInput, onChange, onReset }) {
    const { dimension, center, spread, kl } = entry;
    this.dimension = dimension;
    this.entry = entry;
    const id = `z${dimension}`;
    const half = (FRAMES / 2) * spread;
    this.#input = element("input", {
      id, type: "range", autocomplete: "off",
      min: round(center - half, 4), max: round(center + half, 4),
      step: spread > 0.2 ? 0.01 : 0.0001,
      on: {
        input: () => { this.#label(this.#input.valueAsNumber); onInput(this); },
        change: () => onChange(this),
        keydown: (event) => this.#step(event),
      },
    });
    this.#output.htmlFor = id;
    this.#reset = element("button", {
      type: "button", class: "quiet small", title: "Back to the sample's value",
      "aria-label": `Reset z ${dimension}`, on: { click: () => onReset(this) },
    }, icon("reset"));
    this.#frames = range(FRAMES).map(() => thumbnail(imageShape));
    this.#share = element("span", { class: "meter", "aria-hidden": "true" },
      element("span"));
    this.#share.firstChild.style.width = `${most > 0 ? (100 * kl) / most : 0}%`;
    const information = kl > 0
      ? element("span", { class: "kl", title: "KL divergence from the prior" },
        this.#share, `${kl.toFixed(2)} nats`)
      : null;
    this.element = element("li", { class: "dimension" },
      element("div", { class: "dimension-name" },
        element("label", { htmlFor: id }, dimensionName(dimension)), information),
      element("div", { class: "film" },
        element("div", { class: "frames", "aria-hidden": "true" }, this.#frames),
        this.#input),
      element("div", { class: "dimension-value" }, this.#output, this.#reset));
  }

  /** Where the slider is. */
  get value() {
    return this.#input.valueAsNumber;
  }

  /** Puts the slider to a value; `moved` tells whether it is the sample's own. */
  set(value, moved) {
    this.#input.value = value;
    this.#label(value);
    this.mark(moved);
  }

  /** Marks the dimension as moved, or as not. */
  mark(moved) {
    this.element.classList.toggle("moved", moved);
    this.#reset.disabled = !moved;
  }

  /** The values of this dimension that the frames are drawn for. */
  get frameValues() {
    return range(FRAMES).map((i) => this.entry.center + (i - HALF) * this.entry.spread);
  }

  /** Draws the frames. */
  setFrames(pictures) {
    pictures.forEach((picture, i) => picture.paint(this.#frames[i]));
  }

  /** Arrow keys go a tenth of a standard deviation, with Shift a hundredth. */
  #step(event) {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = this.entry.spread / (event.shiftKey ? 100 : 10);
    this.#input.value = round(this.value + way * size, 4);
    this.#input.dispatchEvent(new Event("input"));
    this.#input.dispatchEvent(new Event("change"));
  }

  #label(value) {
    const rounded = round(value, 2);
    const text = (rounded < 0 ? "\u2212" : "+") + Math.abs(rounded).toFixed(2);
    this.#output.value = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}
