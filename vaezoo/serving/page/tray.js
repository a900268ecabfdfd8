// Samples of neighbouring seeds, to choose from.

import { byId, element, icon } from "./dom.js";
import { Latest } from "./latest.js";
import { range } from "./pixels.js";
import { arrowKeys } from "./segments.js";
import { busyPlace, showError, thumbnail } from "./stage.js";

const COUNT = 24;

export class Tray {
  #model = null;
  #condition;
  #first = 0;
  #seed = 0;
  #drawn = "";
  #buttons = [];
  #onChoice;
  #sampling = new Latest(
    (error) => showError(byId("tray-notice"), error, () => this.#draw(true)),
    busyPlace(byId("tray")));

  /** `onChoice` is told the seed of the picture that is chosen. */
  constructor(onChoice) {
    this.#onChoice = onChoice;
    byId("tray-back").append(icon("back"), "Before");
    byId("tray-on").append("More", icon("on"));
    byId("tray-back").addEventListener("click", () => this.#turn(-COUNT));
    byId("tray-on").addEventListener("click", () => this.#turn(COUNT));
    arrowKeys(byId("tray"), () => this.#buttons, () => {});
  }

  /** Begins with a model. */
  open(model, seed) {
    this.#model = model;
    this.#sampling.cancel();
    this.#drawn = "";
    this.#first = seed >= 0 && seed < COUNT ? 0 : seed;
    this.#buttons = range(COUNT).map((i) => element("button", {
      type: "button", on: { click: () => this.#onChoice(this.#first + i) },
    }, thumbnail(model.imageShape)));
    byId("tray").replaceChildren(...this.#buttons);
  }

  /** Shows samples of a condition and marks the seed that is shown large. */
  update(condition, seed) {
    if (!this.#model.has("sample")) return;
    this.#condition = condition;
    this.#seed = seed;
    this.#draw();
  }

  #turn(step) {
    this.#first += step;
    this.#draw();
  }

  #draw(again = false) {
    const [first, condition, model] = [this.#first, this.#condition, this.#model];
    this.#label();
    const wanted = JSON.stringify([first, condition]);
    if (wanted === this.#drawn && !again) return;
    this.#drawn = wanted;
    this.#sampling.start(async (current) => {
      const seeds = range(COUNT).map((i) => first + i);
      const { pictures } = await model.sample(seeds, condition);
      if (!current()) return;
      byId("tray-notice").replaceChildren();
      pictures.forEach((picture, i) => picture.paint(this.#buttons[i].firstChild));
    });
  }

  #label() {
    const last = this.#first + COUNT - 1;
    byId("tray-note").textContent = `Seeds ${this.#first} to ${last} of the prior. ` +
      "The same seed is the same image, here and in Python.";
    this.#buttons.forEach((button, i) => {
      const seed = this.#first + i;
      button.setAttribute("aria-label", `Seed ${seed}`);
      button.title = `Seed ${seed}`;
      button.setAttribute("aria-pressed", String(seed === this.#seed));
    });
  }
}
