// A place for a picture: empty, waiting, drawn, or with the reason why not.

import { element, icon } from "./dom.js";
import { clear } from "./pixels.js";

// Shorter waits are not worth telling.
const QUICK = 250; // milliseconds

/** A figure with a picture in it; the last picture stays until there is another. */
export class Stage {
  #canvas = element("canvas", { role: "img" });
  #hint = element("p", { class: "hint" });
  #notice = element("div", { class: "notice-place" });
  #figure;
  #timer = 0;

  constructor(figure, label) {
    this.#figure = figure;
    this.#canvas.setAttribute("aria-label", label);
    figure.replaceChildren(this.#canvas, this.#hint, this.#notice);
  }

  /** The picture that is shown; null if none is. */
  picture = null;

  /** Shows nothing, and in words why. */
  empty([height, width], hint = "") {
    this.picture = null;
    this.#canvas.width = width;
    this.#canvas.height = height;
    clear(this.#canvas);
    this.#hint.textContent = hint;
    this.#hint.hidden = !hint;
    this.#notice.replaceChildren();
  }

  /** Shows a picture; `label` says what it is to those who do not see it. */
  show(picture, label) {
    if (!picture.valid) {
      throw new Error("The model has no answer to this: the pixels are NaN.");
    }
    this.picture = picture;
    picture.paint(this.#canvas);
    this.#canvas.setAttribute("aria-label", label);
    this.#hint.hidden = true;
    this.#notice.replaceChildren();
  }

  /** Whether a request is under way; one that takes long is told. */
  busy(busy) {
    this.#figure.setAttribute("aria-busy", String(busy));
    clearTimeout(this.#timer);
    if (busy) this.#timer = setTimeout(() => this.#figure.classList.add("slow"), QUICK);
    else this.#figure.classList.remove("slow");
  }

  /** Says why there is no new picture; `again` asks once more. */
  fail(error, again) {
    showError(this.#notice, error, again);
  }
}

/** Puts an error into a place for it, with a button to try again. */
export function showError(place, error, again = null) {
  const retry = again && element("button", {
    type: "button",
    on: { click: () => { place.replaceChildren(); again(); } },
  }, icon("reset"), "Try again");
  place.replaceChildren(element("div", { class: "error", role: "alert" },
    element("p", {}, error.message), retry));
}

/** Tells assistive technology whether a place waits for pictures. */
export function busyPlace(place) {
  return (busy) => place.setAttribute("aria-busy", String(busy));
}

/** A small picture that is part of a row or a grid. */
export function thumbnail([height, width]) {
  return element("canvas", { class: "thumbnail", width, height, "aria-hidden": "true" });
}
