// The served models, to choose from.

import { byId, element } from "./dom.js";

const MANY = 8; // from so many on there is a filter

export class ModelList {
  #models = [];
  #onChoice;

  /** `onChoice` is told the name of the model that is chosen. */
  constructor(onChoice) {
    this.#onChoice = onChoice;
    byId("filter").addEventListener("input", () => this.#filter());
  }

  /** Shows models, as `servedModels` has them. */
  show(models, chosen) {
    this.#models = models;
    byId("filter").hidden = models.length < MANY;
    byId("models").replaceChildren(...models.map((model) => this.#entry(model)));
    this.mark(chosen);
    this.#filter();
  }

  /** Marks the model that is shown. */
  mark(chosen) {
    for (const button of byId("models").querySelectorAll("button")) {
      if (button.dataset.name === chosen) {
        button.setAttribute("aria-current", "true");
        button.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else button.removeAttribute("aria-current");
    }
  }

  #entry(model) {
    const served = availableVersion(model);
    const state = served === null ? stateOf(model) : `version ${served}`;
    return element("li", {}, element("button", {
      type: "button", "data-name": model.name,
      on: { click: () => this.#onChoice(model.name) },
    }, element("span", { class: "model-name" }, broken(model.name)),
    element("span", { class: served === null ? "state off" : "state" }, state)));
  }

  #filter() {
    const wanted = byId("filter").value.trim().toLowerCase();
    for (const button of byId("models").querySelectorAll("button")) {
      const { name } = button.dataset;
      button.parentElement.hidden = !name.toLowerCase().includes(wanted);
    }
  }
}

/** The highest version that answers; null if none does. */
export function availableVersion({ versions }) {
  const there = versions.filter(({ state }) => state === "AVAILABLE");
  return there.length ? Math.max(...there.map(({ version }) => Number(version))) : null;
}

/** Why no version answers, in a word. */
function stateOf({ versions }) {
  return versions[0]?.state?.toLowerCase() ?? "no version";
}

/** A name that may be broken at its underscores. */
export function broken(name) {
  return name.split(/(?<=[_-])/).flatMap((part) => [part, element("wbr")]).slice(0, -1);
}
