// Two pictures and what lies between them.

import { integer } from "./address.js";
import { byId, debounced, element, icon } from "./dom.js";
import { originOf, pictureOf } from "./latent_origin.js";
import { between, PATHS } from "./latent_paths.js";
import { Latest } from "./latest.js";
import { range } from "./pixels.js";
import { segments } from "./segments.js";
import { busyPlace, showError, Stage, thumbnail } from "./stage.js";

const FRAMES = 11;
const NAMES = ["A", "B"];
const WAY = 2600; // milliseconds from A to B while it plays
const SOON = 60; // milliseconds

export class InterpolateView {
  #app;
  #model = null;
  #vectors = [null, null];
  #drawnFor = null; // ends and condition
  #stages = [];
  #seedFields = [];
  #origins = [];
  #middle = new Stage(byId("middle-stage"), "The picture between A and B");
  #ends = NAMES.map((_, i) => new Latest(
    (error, again) => this.#stages[i].fail(error, () => this.#ends[i].start(again)),
    (busy) => this.#stages[i].busy(busy)));
  #drawing = new Latest((error) => this.#middle.fail(error, () => this.#draw()),
    (busy) => this.#middle.busy(busy));
  #stripping = new Latest(
    (error) => showError(byId("strips-notice"), error, () => this.#drawStrips()),
    busyPlace(byId("strips")));
  #stripSoon = debounced(SOON, () => this.#drawStrips());
  #frames = {};
  #setPath;
  #playing = 0;

  constructor(app) {
    this.#app = app;
    NAMES.forEach((_, i) => this.#makeEnd(i));
    this.#setPath = segments(byId("paths"), PATHS, app.state.path, (path) => {
      app.state.path = path;
      this.#draw();
      app.stateChanged();
    });
    byId("scrub").addEventListener("input", ({ target }) => {
      this.#stop();
      this.#goTo(target.valueAsNumber);
    });
    byId("play").addEventListener("click", () => {
      if (this.#playing) this.#stop();
      else this.#play();
    });
    this.#stop();
  }

  /** Begins with a model. */
  open(model) {
    this.#model = model;
    this.#stop();
    this.#stripSoon.cancel();
    for (const runner of [...this.#ends, this.#drawing, this.#stripping]) runner.cancel();
    this.#vectors = [null, null];
    for (const stage of [...this.#stages, this.#middle]) stage.empty(model.imageShape);
    this.#makeStrips();
    byId("strips-notice").replaceChildren();
    this.#drawnFor = null;
    if (!byId("view-interpolate").hidden) this.update();
  }

  /** Draws what the state says, if it is not drawn already. */
  update() {
    const { state, condition } = this.#app;
    const wanted = JSON.stringify([state.ends, condition]);
    this.#setPath(state.path);
    this.#label();
    if (wanted !== this.#drawnFor) {
      this.#drawnFor = wanted;
      NAMES.forEach((_, i) => this.#drawEnd(i));
    } else this.#draw();
  }

  /** The view is hidden. */
  hide() {
    this.#stop();
  }

  #makeEnd(i) {
    const name = NAMES[i];
    const id = `seed-${name.toLowerCase()}`;
    const figure = element("figure", { class: "stage" });
    this.#stages[i] = new Stage(figure, `Picture ${name}`);
    this.#origins[i] = element("p", { class: "caption" });
    this.#seedFields[i] = element("input", {
      id, type: "text", inputMode: "numeric", autocomplete: "off",
      on: { change: () => this.#typedSeed(i) },
    });
    byId(`end-${name.toLowerCase()}`).replaceChildren(
      element("h2", {}, name), figure, this.#origins[i],
      element("div", { class: "field" },
        element("label", { htmlFor: id }, "Seed"), this.#seedFields[i],
        element("button", {
          type: "button", title: "Another sample",
          "aria-label": `Another sample for ${name}`,
          on: { click: () => this.#setEnd(i, { seed: Math.floor(Math.random() * 1e5) }) },
        }, icon("dice"))),
      element("button", {
        type: "button", on: { click: () => this.#takeExplored(i) },
      }, icon("sliders"), "From Explore"));
  }

  #setEnd(i, end) {
    this.#app.state.ends[i] = end;
    this.#app.stateChanged();
    this.update();
  }

  #typedSeed(i) {
    const field = this.#seedFields[i];
    const seed = integer(field.value);
    field.setAttribute("aria-invalid", String(seed === undefined));
    if (seed === undefined) this.#app.say("A seed is a whole number.");
    else this.#setEnd(i, { seed });
  }

  #takeExplored(i) {
    const z = this.#app.explored;
    if (z) this.#setEnd(i, { z });
    else this.#app.say("There is no picture under Explore yet.");
  }

  /** Asks for the latent vector and the picture of an end. */
  #drawEnd(i) {
    const [model, condition] = [this.#model, this.#app.condition];
    const { seed, z } = this.#app.state.ends[i];
    if (z && z.length !== model.latentDim) {
      this.#app.state.ends[i] = { seed: i + 1 }; // of another model
      this.#drawEnd(i);
      return;
    }
    this.#seedFields[i].value = z ? "" : seed;
    this.#seedFields[i].placeholder = z ? "–" : "";
    this.#seedFields[i].removeAttribute("aria-invalid");
    this.#ends[i].start(async (current) => {
      const answer = z
        ? { z, ...(await pictureOf(model, z, condition)) }
        : await originOf(model, seed, condition);
      if (!current()) return;
      const origin = z ? "A latent vector of yours" : `Seed ${seed}`;
      this.#vectors[i] = answer.z;
      this.#stages[i].show(answer.picture, `Picture ${NAMES[i]}: ${origin}`);
      this.#origins[i].textContent = origin;
      this.#draw();
      this.#stripSoon();
    });
  }

  #goTo(t) {
    this.#app.state.t = t;
    this.#draw();
    this.#app.stateChanged();
  }

  /** Asks for the picture where the scrubber is. */
  #draw() {
    this.#label();
    const [model, condition] = [this.#model, this.#app.condition];
    if (!model || this.#vectors.includes(null)) return;
    this.#drawing.start(async (current) => {
      const { t, path } = this.#app.state;
      const vector = between(...this.#vectors, t, path);
      const { picture, exchange } = await pictureOf(model, vector, condition);
      if (!current()) return;
      const label = `${Math.round(100 * t)} percent of the way from A to B`;
      this.#middle.show(picture, label);
      this.#app.pictureShown(exchange, "interpolate");
    });
  }

  #label() {
    const { t, path } = this.#app.state;
    const percent = `${Math.round(100 * t)} %`;
    byId("scrub").value = t;
    byId("scrub").setAttribute("aria-valuetext", `${percent} of the way from A to B`);
    byId("scrub-value").value = percent;
    for (const name of PATHS) {
      this.#frames[name]?.forEach((button, i) => {
        const here = name === path && Math.abs(i / (FRAMES - 1) - t) < 0.5 / (FRAMES - 1);
        button.setAttribute("aria-pressed", String(here));
      });
    }
  }

  #makeStrips() {
    this.#frames = Object.fromEntries(PATHS.map((path) => [path, range(FRAMES).map(
      (i) => {
        const percent = Math.round((100 * i) / (FRAMES - 1));
        return element("button", {
          type: "button", "aria-label": `${path} path, ${percent} percent`,
          on: { click: () => this.#choose(path, i / (FRAMES - 1)) },
        }, thumbnail(this.#model.imageShape));
      })]));
    byId("strips").replaceChildren(...PATHS.flatMap((path) => [
      element("h3", {}, path), element("div", { class: "strip" }, this.#frames[path]),
    ]));
  }

  #choose(path, t) {
    this.#stop();
    this.#app.state.path = path;
    this.#setPath(path);
    this.#goTo(t);
  }

  #drawStrips() {
    if (this.#vectors.includes(null)) return;
    const [model, condition] = [this.#model, this.#app.condition];
    this.#stripping.start(async (current) => {
      const vectors = PATHS.flatMap((path) => range(FRAMES).map(
        (i) => between(...this.#vectors, i / (FRAMES - 1), path)));
      const { pictures } = await model.decode(vectors, condition);
      if (!current()) return;
      byId("strips-notice").replaceChildren();
      PATHS.flatMap((path) => this.#frames[path]).forEach((button, i) => {
        pictures[i].paint(button.firstChild);
      });
    });
  }

  /** Goes to and fro between A and B. */
  #play() {
    const begun = performance.now();
    const from = this.#app.state.t;
    const step = (now) => {
      const way = (from + (now - begun) / WAY) % 2;
      this.#goTo(way > 1 ? 2 - way : way);
      this.#playing = requestAnimationFrame(step);
    };
    this.#playing = requestAnimationFrame(step);
    byId("play").replaceChildren(icon("pause"), "Pause");
  }

  #stop() {
    cancelAnimationFrame(this.#playing);
    this.#playing = 0;
    byId("play").replaceChildren(icon("play"), "Play");
  }
}
