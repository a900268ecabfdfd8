// A drawing or a picture, and what the model makes of it.

import { byId, debounced, element, icon } from "./dom.js";
import { centred, fit, inverted, onPaper, readImageFile } from "./image_input.js";
import { Latest } from "./latest.js";
import { Pad } from "./pad.js";
import { busyPlace, showError, Stage } from "./stage.js";

const STILL = 200; // milliseconds without a stroke before it is weighed
const TERMS = [
  ["log_prob", "log p(x), importance-weighted"],
  ["elbo", "ELBO, one draw"],
  ["reconstruction_log_prob", "reconstruction, log p(x|z)"],
  ["kl", "KL from the prior"],
];

export class ReconstructView {
  #app;
  #model = null;
  #source = null; // a picture instead of a drawing, in its own size
  #code = null; // posterior mean of what is reconstructed
  #pad;
  #given = new Stage(byId("given-stage"), "What the model is given");
  #stage = new Stage(byId("reconstruction-stage"), "The reconstruction");
  #reconstructing = new Latest(
    (error, again) => this.#stage.fail(error, () => this.#reconstructing.start(again)),
    (busy) => this.#stage.busy(busy));
  #weighing = new Latest(
    (error) => showError(byId("likelihood-notice"), error, () => this.#weigh()),
    busyPlace(byId("likelihood")));
  #weighSoon = debounced(STILL, () => this.#weigh());

  constructor(app) {
    this.#app = app;
    this.#pad = new Pad(byId("pad"), () => this.#changed());
    byId("undo").append(icon("undo"));
    byId("clear").append(icon("clear"));
    byId("open-file").append(icon("open"), "Open file");
    byId("take-sample").append(icon("dice"), "Sample");
    byId("to-explore").append("Explore it");
    byId("to-a").append("Use as A");
    byId("to-b").append("Use as B");
    this.#listen();
  }

  /** Begins with a model; the drawing is kept if its proportions are the same. */
  open(model) {
    const before = this.#model;
    this.#model = model;
    const [height, width, channels] = model.imageShape;
    this.#reconstructing.cancel();
    this.#weighing.cancel();
    this.#weighSoon.cancel();
    const same = before && before.imageShape.join() === model.imageShape.join();
    if (!same) {
      this.#source = null;
      const digits = channels === 1 && height === width && height <= 32;
      byId("centre").checked = digits && !/fashion/.test(model.card?.data?.name ?? "");
      byId("invert").checked = false;
      this.#pad.open(model.imageShape, digits ? "Draw a digit here" : "Draw here");
    }
    byId("colour-field").hidden = channels !== 3;
    byId("centre").closest("label").hidden = channels !== 1;
    byId("invert").closest("label").hidden = channels !== 1;
    byId("take-sample").hidden = !model.has("sample");
    this.#tune();
    this.update();
  }

  /** The condition is another, or the view is shown. */
  update() {
    byId("pad-notice").replaceChildren();
    this.#changed();
  }

  /** The view is hidden. */
  hide() {}

  #listen() {
    byId("undo").addEventListener("click", () => this.#pad.undo());
    byId("clear").addEventListener("click", () => { this.#source = null; this.#pad.clear(); });
    byId("brush").addEventListener("input", () => this.#tune());
    byId("colour").addEventListener("input", () => this.#tune());
    for (const id of ["centre", "invert"]) {
      byId(id).addEventListener("change", () => this.#changed());
    }
    byId("open-file").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => {
      this.#read(target.files[0]);
      target.value = ""; // so that the same file can be chosen again
    });
    byId("take-sample").addEventListener("click", () => this.#takeSample());
    byId("to-explore").addEventListener("click", () => this.#app.explore(this.#code));
    byId("to-a").addEventListener("click", () => this.#app.interpolate(0, this.#code));
    byId("to-b").addEventListener("click", () => this.#app.interpolate(1, this.#code));
    const view = byId("view-reconstruct");
    view.addEventListener("dragover", (event) => {
      event.preventDefault();
      view.classList.add("dropping");
    });
    for (const end of ["dragleave", "drop"]) {
      view.addEventListener(end, () => view.classList.remove("dropping"));
    }
    view.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#read(event.dataTransfer.files[0]);
    });
    document.addEventListener("paste", (event) => {
      if (!view.hidden) this.#read(event.clipboardData.files[0]);
    });
  }

  #tune() {
    const channels = this.#model.imageShape[2];
    this.#pad.brush = byId("brush").valueAsNumber * 2.2;
    this.#pad.colour = channels === 3 ? byId("colour").value : "#ffffff";
  }

  async #read(file) {
    if (!file) return;
    try {
      this.#put(await readImageFile(file, this.#model.imageShape[2]), true);
    } catch (error) {
      showError(byId("pad-notice"), error);
    }
  }

  #takeSample() {
    const [model, condition] = [this.#model, this.#app.condition];
    const seed = Math.floor(Math.random() * 100_000);
    this.#reconstructing.start(async (current) => {
      const { pictures } = await model.sample([seed], condition);
      if (!current()) return;
      byId("centre").checked = false; // it is as the model's images are
      this.#put(pictures[0], false);
    });
  }

  /** Takes a picture in place of the drawing. */
  #put(picture, guess) {
    byId("pad-notice").replaceChildren();
    const grey = this.#model.imageShape[2] === 1;
    byId("invert").checked = guess && grey && onPaper(picture);
    this.#source = picture;
    this.#pad.put(picture);
  }

  /** What the model is given: null for an empty pad. */
  #input() {
    if (this.#pad.empty) return null;
    const { imageShape } = this.#model;
    // Strokes over a picture count as they are drawn, in the pad's size.
    const whole = this.#source && !this.#pad.drawn;
    let picture = whole ? this.#source : this.#pad.picture(imageShape[2]);
    if (imageShape[2] === 1 && byId("invert").checked) picture = inverted(picture);
    const centre = imageShape[2] === 1 && byId("centre").checked;
    return centre ? centred(picture, imageShape) : fit(picture, imageShape);
  }

  #changed() {
    const picture = this.#input();
    byId("undo").disabled = byId("clear").disabled = this.#pad.empty;
    if (!picture) {
      this.#nothing();
      return;
    }
    const [height, width] = this.#model.imageShape;
    this.#given.show(picture, `Your picture in ${width} by ${height} pixels`);
    if (byId("view-reconstruct").hidden) return;
    const [model, condition] = [this.#model, this.#app.condition];
    this.#reconstructing.start(async (current) => {
      const [{ pictures, exchange }, { mean }] = await Promise.all([
        model.reconstruct([picture], condition), model.encode([picture], condition),
      ]);
      if (!current()) return;
      this.#stage.show(pictures[0], "The reconstruction of your picture");
      this.#code = mean[0];
      this.#offer(true);
      this.#app.pictureShown(exchange, "reconstruct");
    });
    this.#weighSoon();
  }

  #nothing() {
    this.#source = null;
    this.#code = null;
    this.#reconstructing.cancel();
    this.#weighing.cancel();
    this.#weighSoon.cancel();
    this.#given.empty(this.#model.imageShape, "Nothing yet");
    this.#stage.empty(this.#model.imageShape, "Nothing yet");
    this.#offer(false);
    this.#terms(null);
  }

  #offer(there) {
    for (const id of ["to-explore", "to-a", "to-b"]) byId(id).disabled = !there;
  }

  /** How likely the picture is, in nats. */
  #weigh() {
    const [model, condition, picture] = [this.#model, this.#app.condition, this.#input()];
    if (!picture || !model.has("log_prob")) return;
    this.#weighing.start(async (current) => {
      const { rows } = await model.logProb([picture], [0], condition);
      if (!current()) return;
      byId("likelihood-notice").replaceChildren();
      this.#terms(rows[0]);
    });
  }

  #terms(row) {
    byId("likelihood").hidden = !this.#model.has("log_prob");
    byId("likelihood").replaceChildren(...TERMS.map(([name, text]) => element("div", {},
      element("dt", {}, text),
      element("dd", {}, row && row[name] !== null ? `${natsText(row[name])} nats` : "–"))));
  }
}

function natsText(value) {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return value.toLocaleString("en", digits).replace("-", "\u2212");
}
