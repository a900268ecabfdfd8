// The sliders: which dimensions they are for, where they stand, and their films.

import { measureDimensions } from "./dimensions.js";
import { byId, debounced, element } from "./dom.js";
import { FilmSlider } from "./film_slider.js";
import { Latest } from "./latest.js";
import { round } from "./pixels.js";
import { Spectrum } from "./spectrum.js";
import { busyPlace, showError } from "./stage.js";

const FIRST_SLIDERS = 10;
const ACTIVE = 0.01; // nats
const STILL = 160; // milliseconds without a change before the film is drawn anew

export class SliderPanel {
  #app;
  #vector;
  #onMove;
  #model = null;
  #found = null;
  #sliders = [];
  #spectrum = new Spectrum(byId("spectrum"));
  #measuring = new Latest((error, again) => showError(byId("sliders-notice"), error,
    () => this.#measuring.start(again)));
  #filming = new Latest(
    (error) => showError(byId("sliders-notice"), error, () => this.#film()),
    busyPlace(byId("sliders")));
  /** Draws the films anew, once nothing has moved for a while. */
  filmSoon = debounced(STILL, () => this.#film());

  /**
   * `vector()` is the latent vector that is shown, null before there is one; `onMove` is
   * called after a slider changed `app.state.z`.
   */
  constructor(app, vector, onMove) {
    this.#app = app;
    this.#vector = vector;
    this.#onMove = onMove;
    byId("how-many").addEventListener("change", () => this.#show());
  }

  /** Begins with a model. */
  open(model) {
    this.#model = model;
    this.#found = null;
    this.#sliders = [];
    this.filmSoon.cancel();
    this.#measuring.cancel();
    this.#filming.cancel();
    const count = Math.min(FIRST_SLIDERS, model.latentDim);
    byId("sliders").setAttribute("aria-busy", "true");
    byId("sliders").replaceChildren(...Array.from({ length: count }, placeholder));
    byId("sliders-notice").replaceChildren();
    const prior = model.has("sample");
    byId("dimensions-title").textContent = prior ? "Most active dimensions" : "Dimensions";
    byId("dimensions-note").textContent = "Measuring which dimensions are active …";
    byId("film-note").textContent = prior
      ? "What the model draws from −3 to +3 standard deviations of each dimension."
      : "An autoencoder has no prior: the films span the codes of a few strokes.";
    byId("spectrum-panel").hidden = !prior;
    this.#spectrum.clear();
  }

  /** Finds out which dimensions are active; the order stays for all conditions. */
  measure() {
    if (this.#found) return;
    const [model, condition] = [this.#model, this.#app.condition];
    this.#measuring.start(async (current) => {
      const found = await measureDimensions(model, condition);
      if (!current()) return;
      this.#found = found;
      this.#offerNumbers();
      this.#show();
    });
  }

  /** Puts the sliders to the latent vector that is shown. */
  place() {
    const vector = this.#vector();
    if (!vector) return;
    for (const slider of this.#sliders) {
      const { dimension } = slider;
      slider.set(vector[dimension], this.#app.state.z.has(dimension));
    }
  }

  /** How many sliders can be chosen to be shown. */
  #offerNumbers() {
    const { dimensions, samples } = this.#found;
    const all = dimensions.length;
    const active = dimensions.filter(({ kl }) => kl > ACTIVE).length;
    const numbers = new Map();
    if (FIRST_SLIDERS < all) numbers.set(FIRST_SLIDERS, `${FIRST_SLIDERS} sliders`);
    if (active > FIRST_SLIDERS && active < all) numbers.set(active, `${active} active`);
    numbers.set(all, all === 1 ? "the one" : `all ${all}`);
    byId("how-many").replaceChildren(...[...numbers].map(
      ([value, text]) => element("option", { value }, text)));
    byId("how-many").value = this.#enough([...numbers.keys()]);
    const total = dimensions.reduce((sum, { kl }) => sum + kl, 0);
    byId("dimensions-note").textContent = `${active} of ${all} dimensions carry ` +
      `information, ${total.toFixed(1)} nats together: the KL divergence from the ` +
      `prior, measured on ${samples} samples.`;
  }

  /** The fewest sliders among which are all that the address moved, if they are few. */
  #enough(numbers) {
    const moved = [...this.#app.state.z.keys()];
    if (moved.length > FIRST_SLIDERS) return numbers[0];
    const places = moved.map((dimension) => this.#found.dimensions.findIndex(
      (entry) => entry.dimension === dimension) + 1);
    const needed = Math.max(0, ...places);
    return numbers.find((number) => number >= needed) ?? numbers.at(-1);
  }

  #show() {
    if (!this.#found) return;
    const { dimensions } = this.#found;
    const shown = dimensions.slice(0, Number(byId("how-many").value));
    const listeners = {
      onInput: (slider) => this.#moved(slider),
      onChange: () => this.filmSoon(),
      onReset: (slider) => this.#reset(slider),
    };
    this.#sliders = shown.map((entry) => new FilmSlider(entry, dimensions[0].kl,
      this.#model.imageShape, listeners));
    byId("sliders").replaceChildren(...this.#sliders.map((slider) => slider.element));
    this.#spectrum.draw(dimensions, shown.length);
    this.place();
    this.filmSoon();
  }

  #moved(slider) {
    if (!this.#vector()) return;
    this.#app.state.z.set(slider.dimension, round(slider.value, 3));
    slider.mark(true);
    this.#onMove();
    this.filmSoon();
  }

  #reset(slider) {
    this.#app.state.z.delete(slider.dimension);
    this.place();
    this.#onMove();
    this.filmSoon();
  }

  /** Draws the film under the sliders, and the classes of a conditional model. */
  #film() {
    if (!this.#vector()) return;
    const [model, sliders] = [this.#model, this.#sliders];
    const { condition, classes } = this.#app;
    this.#filming.start(async (current) => {
      const vector = this.#vector();
      const vectors = sliders.flatMap((slider) => slider.frameValues.map(
        (value) => vector.with(slider.dimension, value)));
      if (vectors.length) {
        const { pictures } = await model.decode(vectors, condition);
        if (!current()) return;
        byId("sliders-notice").replaceChildren();
        const each = pictures.length / sliders.length;
        sliders.forEach((slider, i) => slider.setFrames(
          pictures.slice(i * each, (i + 1) * each)));
      }
      if (classes.pictures) {
        const same = new Array(classes.pictures).fill(vector);
        const { pictures } = await model.decode(same, (label) => label);
        if (current()) classes.setPictures(pictures);
      }
    });
  }
}

function placeholder() {
  return element("li", { class: "dimension placeholder", "aria-hidden": "true" },
    element("div", { class: "film" }, element("div", { class: "frames" })));
}
