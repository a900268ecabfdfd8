// The model card, to be read.

import { cardAddress } from "./api.js";
import { byId, element } from "./dom.js";
import { sizeText } from "./request_panel.js";

const NAMES = {
  nll: "Negative log-likelihood",
  elbo: "ELBO",
  reconstruction: "Reconstruction, E log p(x|z)",
  kl: "KL from the prior",
  active_units: "Active dimensions",
  bits_per_dim: "Bits per dimension",
};
const SHORT = { nll: "test NLL", elbo: "ELBO", kl: "KL", bits_per_dim: "bits/dim" };
const PACKAGES = {
  tensorflow: "TensorFlow", tensorflow_probability: "TensorFlow Probability",
  numpy: "NumPy", vaezoo: "vaezoo",
};
const FACTS = 2; // metrics in the head of the page
const HIDDEN = new Set(["name", "trainable", "dtype", "image_shape", "latent_dim"]);

export class CardView {
  #model = null;

  /** Begins with a model. */
  open(model) {
    this.#model = model;
    const place = byId("view-card");
    if (model.card) place.replaceChildren(...sections(model));
    else place.replaceChildren(noCard());
  }

  /** Nothing of it changes. */
  update() {}

  /** The view is hidden. */
  hide() {}
}

/** What the head of the page tells of a model, as `[term, value]`. */
export function headFacts(model) {
  const { card, imageShape, latentDim } = model;
  const metrics = (card?.metrics ?? []).filter(({ name }) => name in SHORT);
  const [height, width, channels] = imageShape;
  const colours = { 1: "grey", 3: "colour" }[channels] ?? `${channels} channels`;
  return [
    ...metrics.slice(0, FACTS).map((metric) => [
      SHORT[metric.name], `${measurement(metric)} ${metric.unit}`]),
    ["images", `${width} × ${height}, ${colours}`],
    ["latent space", `${latentDim} dimensions`],
    ...(card ? [["parameters", card.parameters.toLocaleString("en")]] : []),
  ];
}

/** A number with as many decimals as its standard error warrants. */
export function measurement({ value, standard_error: error }) {
  const text = (number, decimals) => number.toLocaleString("en", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).replace("-", "\u2212");
  if (error === null || error === undefined) {
    return text(value, Number.isInteger(value) ? 0 : 2);
  }
  const decimals = error > 0 ? Math.max(2, -Math.floor(Math.log10(error))) : 2;
  return `${text(value, decimals)} ± ${text(error, decimals)}`;
}

function sections(model) {
  const { card } = model;
  return [
    card.metrics.length ? metricsSection(card) : null,
    element("div", { class: "card-columns" },
      listSection("Model", [
        ["family", card.family],
        ["parameters", card.parameters.toLocaleString("en")],
        ["size of its files", sizeText(card.size_bytes)],
        ["images", card.architecture.image_shape?.join(" × ")],
        ["latent dimensions", card.architecture.latent_dim],
        ...architecture(card.architecture),
      ]),
      element("div", {},
        card.data ? listSection("Data", [
          ["data set", card.data.name],
          ["training split", card.data.split],
          ...Object.entries(card.data.sizes).map(([split, size]) => [
            `${split} images`, size.toLocaleString("en")]),
          ["binarization", card.data.binarization],
        ]) : null,
        listSection("Rights and source", [
          ["licence of the weights", card.licence],
          ["licence of the data", card.data_licence],
          ["reference", card.reference],
        ])),
      element("div", {},
        card.training ? trainingSection(card.training) : null,
        listSection("Made with", Object.entries(card.versions).map(
          ([name, version]) => [PACKAGES[name] ?? name, version]))),
    ),
    element("p", { class: "note" }, "All of it for programs: ",
      element("a", { href: cardAddress(model.name) }, "card.json"), "."),
  ].filter((part) => part !== null);
}

function metricsSection(card) {
  const rows = card.metrics.map((metric) => element("tr", {},
    element("th", { scope: "row" }, NAMES[metric.name] ?? spaced(metric.name)),
    element("td", { class: "number" }, measurement(metric),
      element("span", { class: "unit" }, ` ${metric.unit}`)),
    element("td", {}, element("span", { class: "protocol" }, metric.protocol),
      element("span", { class: "counts" }, countsText(metric)))));
  const published = (card.published ?? []).map(({ value, source }) => element("li", {},
    `${value} ${card.metrics[0].unit}: ${source}`));
  return element("section", { class: "panel" },
    element("h2", {}, "Measured"),
    element("p", { class: "note" }, "With the standard error over images, and how it was measured."),
    element("div", { class: "table" }, element("table", {},
      element("thead", {}, element("tr", {},
        ...["what", "value", "protocol"].map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, rows))),
    published.length ? element("h3", {}, "Published, to compare with the first") : null,
    published.length ? element("ul", { class: "plain" }, published) : null);
}

function countsText({ n, k }) {
  const samples = k ? `, ${k.toLocaleString("en")} importance samples each` : "";
  return `${n.toLocaleString("en")} images${samples}`;
}

function trainingSection(training) {
  const minutes = training.wall_time_seconds / 60;
  return listSection("Training", [
    ["epochs", `${training.epochs.toLocaleString("en")}, batches of ${training.batch_size}`],
    ["optimizer", training.optimizer],
    ["learning rate", training.schedule],
    ["seed", training.seed],
    ["time", `${minutes.toFixed(minutes < 10 ? 1 : 0)} minutes on ${training.machine}`],
    ["selected on", training.selected_on],
    ["recipe", element("code", {}, training.recipe)],
    ["command", element("code", {}, training.command)],
  ]);
}

/** Settings of the architecture in words; nested ones by their name. */
function architecture(settings) {
  return Object.entries(settings)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => [spaced(name), settingText(value)]);
}

function settingText(value) {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(settingText).join(", ");
  if (typeof value === "object") {
    const inner = Object.entries(value.config ?? {})
      .filter(([, part]) => part === null || typeof part !== "object")
      .map(([name, part]) => `${spaced(name)} ${part}`);
    return [value.class_name ?? "own", inner.length ? ` (${inner.join(", ")})` : ""].join("");
  }
  return typeof value === "string" ? spaced(value) : String(value);
}

/** A section with a list of terms; what is not known is left out. */
function listSection(title, entries) {
  const rows = entries.filter(([, value]) => ![null, undefined, ""].includes(value));
  if (!rows.length) return null;
  return element("section", { class: "panel" }, element("h2", {}, title),
    element("dl", { class: "list" }, rows.flatMap(([term, value]) => [
      element("dt", {}, spaced(term)),
      element("dd", {}, value instanceof Node ? value : String(value)),
    ])));
}

function noCard() {
  return element("div", { class: "panel empty" }, element("h2", {}, "No card"),
    element("p", {}, "This model was exported without a card. What is shown elsewhere " +
      "on the page comes from the signatures that the server describes."));
}

function spaced(name) {
  return String(name).replaceAll("_", " ");
}
