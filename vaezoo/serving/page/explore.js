// The latent space by hand: a picture, its latent vector, samples by seed.

import { integer } from "./address.js";
import { byId, icon } from "./dom.js";
import { originOf, pictureOf } from "./latent_origin.js";
import { Latest } from "./latest.js";
import { download } from "./pixels.js";
import { SliderPanel } from "./slider_panel.js";
import { Stage } from "./stage.js";
import { Tray } from "./tray.js";

const SEEDS = 100_000; // a new one is below that

export class ExploreView {
  #app;
  #model = null;
  #origin = null; // the latent vector of the seed
  #stage = new Stage(byId("explore-stage"), "The picture of the latent vector");
  #drawing = new Latest(
    (error, again) => this.#stage.fail(error, () => this.#drawing.start(again)),
    (busy) => this.#stage.busy(busy));
  #sliders;
  #tray;

  constructor(app) {
    this.#app = app;
    this.#tray = new Tray((seed) => this.#setSeed(seed));
    this.#sliders = new SliderPanel(app, () => this.#vector(), () => this.#moved());
    byId("reset").append(icon("reset"), "Reset");
    byId("save").append(icon("save"), "PNG");
    byId("share").append(icon("link"), "Link");
    byId("draw-sample").addEventListener("click",
      () => this.#setSeed(Math.floor(Math.random() * SEEDS)));
    byId("reset").addEventListener("click", () => this.#reset());
    byId("share").addEventListener("click", () => app.share());
    byId("save").addEventListener("click", () => {
      if (this.#stage.picture) download(this.#stage.picture, `${this.#model.name}.png`);
    });
    byId("seed-down").addEventListener("click", () => this.#setSeed(app.state.seed - 1));
    byId("seed-up").addEventListener("click", () => this.#setSeed(app.state.seed + 1));
    byId("seed").addEventListener("change", ({ target }) => this.#typedSeed(target));
    byId("seed").addEventListener("keydown", (event) => this.#seedKeys(event));
  }

  /** Begins with a model; nothing of another one stays. */
  open(model) {
    this.#model = model;
    this.#origin = null;
    this.#drawing.cancel();
    this.#stage.empty(model.imageShape);
    const prior = model.has("sample");
    byId("seed-label").textContent = prior ? "Seed" : "Example";
    byId("draw-sample").replaceChildren(icon("dice"), prior ? "New sample" : "Another one");
    byId("tray-panel").hidden = !prior;
    this.#sliders.open(model);
    this.#tray.open(model, this.#app.state.seed);
    this.update();
  }

  /** Seed, condition or latent vector are others: all is drawn anew. */
  update() {
    byId("seed").value = this.#app.state.seed;
    this.#drawOrigin();
    this.#sliders.measure();
    this.#tray.update(this.#app.condition, this.#app.state.seed);
  }

  /** The latent vector that is shown; null before there is a picture. */
  get shown() {
    return this.#stage.picture ? this.#vector() : null;
  }

  /** The view is hidden. */
  hide() {}

  #setSeed(seed) {
    const { state } = this.#app;
    state.seed = seed;
    state.z.clear();
    byId("seed").value = seed;
    byId("seed").removeAttribute("aria-invalid");
    this.#drawOrigin();
    this.#tray.update(this.#app.condition, seed);
    this.#app.stateChanged();
  }

  #typedSeed(field) {
    const seed = integer(field.value);
    field.setAttribute("aria-invalid", String(seed === undefined));
    if (seed === undefined) this.#app.say("A seed is a whole number.");
    else if (seed !== this.#app.state.seed) this.#setSeed(seed);
  }

  #seedKeys(event) {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const seed = integer(byId("seed").value);
    if (step === undefined || seed === undefined) return;
    event.preventDefault();
    this.#setSeed(seed + step);
  }

  #reset() {
    this.#app.state.z.clear();
    this.#sliders.place();
    this.#sliders.filmSoon();
    this.#moved();
  }

  /** The latent vector is another. */
  #moved() {
    byId("reset").disabled = this.#app.state.z.size === 0;
    this.#draw();
    this.#app.stateChanged();
  }

  /** Asks for the latent vector of the seed, and for its picture. */
  #drawOrigin() {
    const [model, condition] = [this.#model, this.#app.condition];
    const { seed } = this.#app.state;
    this.#drawing.start(async (current) => {
      const { z, picture, exchange } = await originOf(model, seed, condition);
      if (!current()) return;
      this.#origin = z;
      this.#sliders.place();
      this.#sliders.filmSoon();
      if (this.#app.state.z.size) await this.#decode(model, condition, current);
      else this.#show(picture, exchange);
    });
  }

  /** Asks for the picture of the latent vector as it is now. */
  #draw() {
    if (!this.#origin) return;
    const [model, condition] = [this.#model, this.#app.condition];
    this.#drawing.start((current) => this.#decode(model, condition, current));
  }

  async #decode(model, condition, current) {
    const { picture, exchange } = await pictureOf(model, this.#vector(), condition);
    if (current()) this.#show(picture, exchange);
  }

  #show(picture, exchange) {
    const { seed, z } = this.#app.state;
    const name = this.#model.has("sample") ? "Seed" : "Example";
    const moved = z.size === 1 ? "1 dimension moved" : `${z.size} dimensions moved`;
    const caption = z.size ? `${name} ${seed}, ${moved}` : `${name} ${seed}`;
    this.#stage.show(picture, `The image that the model draws. ${caption}`);
    byId("explore-caption").textContent = caption;
    byId("reset").disabled = z.size === 0;
    this.#app.pictureShown(exchange, "explore");
  }

  /** The latent vector: that of the seed, with the dimensions that were moved. */
  #vector() {
    if (!this.#origin) return null;
    const vector = [...this.#origin];
    for (const [dimension, value] of this.#app.state.z) {
      if (dimension < vector.length) vector[dimension] = value;
    }
    return vector;
  }
}
