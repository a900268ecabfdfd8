// What a conditional model is given beside the latent vector.

import { byId, element } from "./dom.js";
import { range, round } from "./pixels.js";
import { arrowKeys } from "./segments.js";
import { thumbnail } from "./stage.js";

const MOST_CLASSES_SHOWN = 32;
const MOST_ATTRIBUTES_SHOWN = 48;

export class ConditionControl {
  #model = null;
  #buttons = [];
  #thumbnails = [];
  #onChange;
  #state;

  /** `state.label` or `state.attributes` is set before `onChange` is called. */
  constructor(state, onChange) {
    this.#state = state;
    this.#onChange = onChange;
    arrowKeys(byId("condition-control"), () => this.#buttons,
      (label) => this.#choose(label));
  }

  /** Shows the control of a model, and makes the state fit it. */
  open(model, state) {
    this.#model = model;
    this.#state = state;
    this.#buttons = [];
    this.#thumbnails = [];
    const { condition } = model;
    byId("condition").hidden = !condition;
    if (!condition) return;
    const [title, control] = {
      label: () => this.#classes(condition.size),
      attributes: () => this.#attributes(condition.size),
      image: () => this.#image(),
    }[condition.kind]();
    byId("condition-title").textContent = title;
    byId("condition-control").replaceChildren(control);
  }

  /** The condition as requests have it; undefined for a model without one. */
  get value() {
    const { condition } = this.#model;
    if (!condition) return undefined;
    if (condition.kind === "label") return this.#state.label;
    if (condition.kind === "attributes") return this.#state.attributes;
    return unknownPixels(condition.shape);
  }

  /** How many classes have a picture of their own on the control. */
  get pictures() {
    return this.#thumbnails.length;
  }

  /** Draws the same latent vector in each of the classes. */
  setPictures(pictures) {
    pictures.forEach((picture, i) => picture.paint(this.#thumbnails[i]));
  }

  #classes(count) {
    const state = this.#state;
    if (state.label < 0 || state.label >= count) state.label = 0;
    if (count > MOST_CLASSES_SHOWN) return ["Class", this.#classNumber(count)];
    this.#thumbnails = range(count).map(() => thumbnail(this.#model.imageShape));
    this.#buttons = range(count).map((label) => element("button", {
      type: "button", role: "radio", "aria-label": `Class ${label}`,
      on: { click: () => this.#choose(label) },
    }, this.#thumbnails[label], element("span", {}, String(label))));
    this.#mark();
    const group = element("div", { class: "classes", role: "radiogroup",
      "aria-labelledby": "condition-title" }, this.#buttons);
    return ["Class", group];
  }

  #classNumber(count) {
    return element("input", {
      type: "number", min: 0, max: count - 1, step: 1, value: this.#state.label,
      "aria-labelledby": "condition-title",
      on: {
        change: ({ target }) => {
          const label = Math.round(target.valueAsNumber) || 0;
          target.value = Math.min(count - 1, Math.max(0, label));
          this.#choose(target.valueAsNumber);
        },
      },
    });
  }

  #choose(label) {
    this.#state.label = label;
    this.#mark();
    this.#onChange();
  }

  #mark() {
    this.#buttons.forEach((button, label) => {
      const chosen = label === this.#state.label;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    });
  }

  #attributes(size) {
    const given = this.#state.attributes;
    this.#state.attributes = given?.length === size ? given : new Array(size).fill(0);
    const fields = range(Math.min(size, MOST_ATTRIBUTES_SHOWN)).map((i) => {
      const id = `attribute-${i}`;
      const output = element("output", { htmlFor: id });
      const label = (value) => { output.value = value.toFixed(2); };
      label(this.#state.attributes[i]);
      const input = element("input", {
        id, type: "range", min: -2, max: 2, step: 0.05, value: this.#state.attributes[i],
        on: {
          input: () => {
            this.#state.attributes[i] = round(input.valueAsNumber, 2);
            label(input.valueAsNumber);
            this.#onChange();
          },
        },
      });
      return element("div", { class: "attribute" },
        element("label", { htmlFor: id }, String(i)), input, output);
    });
    return ["Attributes", element("div", { class: "attributes" }, fields)];
  }

  #image() {
    const text = "This model completes partial images. Here none of the pixels is " +
      "known: what is drawn is all the model's own.";
    return ["Known pixels", element("p", { class: "note" }, text)];
  }
}

/** A partial image of which no pixel is known. */
function unknownPixels([height, width, channels]) {
  return range(height).map(() => range(width).map(() => new Array(channels).fill(NaN)));
}
