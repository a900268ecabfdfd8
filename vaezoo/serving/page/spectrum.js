// How the information is spread over the latent dimensions.

import { element } from "./dom.js";

/** A bar for each dimension, the most active first; those with a slider stand out. */
export class Spectrum {
  #place;

  constructor(place) {
    this.#place = place;
  }

  /** Draws `dimensions` as `measureDimensions` orders them. */
  draw(dimensions, shown) {
    const most = dimensions[0].kl;
    this.#place.hidden = !(most > 0); // a model without a prior
    if (!(most > 0)) return;
    const last = dimensions.at(-1).kl;
    this.#place.setAttribute("aria-label", `KL divergence of ${dimensions.length} ` +
      `dimensions, from ${most.toFixed(2)} down to ${last.toFixed(2)} nats`);
    this.#place.replaceChildren(...dimensions.map(({ dimension, kl }, i) => {
      const bar = element("span", {
        class: i < shown ? "level shown" : "level",
        title: `z ${dimension}: ${kl.toFixed(2)} nats`,
      });
      bar.style.height = `${Math.max(4, (100 * kl) / most)}%`;
      return bar;
    }));
  }

  /** Draws nothing. */
  clear() {
    this.#place.hidden = false;
    this.#place.replaceChildren();
  }
}
