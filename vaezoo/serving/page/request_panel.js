// The request behind the last picture, to be pasted into a terminal or a program.

import { serverAddress } from "./api.js";
import { byId, element, icon } from "./dom.js";
import { segments } from "./segments.js";

// Longer texts are shortened on the page, but not in what is copied.
const MOST_SHOWN = 420;
const ENDING = 24;

export class RequestPanel {
  #language = "curl";
  #exchange = null;

  constructor(say) {
    const copy = byId("copy");
    copy.append(icon("copy"), "Copy");
    copy.addEventListener("click", async () => {
      const done = await copyText(this.#text((values) => values));
      say(done ? "The request is copied." : "The browser does not allow copying.");
    });
    segments(byId("languages"), ["curl", "Python"], "curl", (language) => {
      this.#language = language;
      this.#draw();
    });
  }

  /** Shows an exchange as `predict` tells it. */
  show(exchange) {
    this.#exchange = exchange;
    this.#draw();
  }

  /** Forgets the exchange of a model that is no longer shown. */
  clear() {
    this.#exchange = null;
    byId("request").hidden = true;
  }

  #draw() {
    if (!this.#exchange) return;
    const { status, milliseconds, bytes, signature } = this.#exchange;
    const text = this.#text(shortened);
    const long = text !== this.#text((values) => values);
    const parts = text.split(/(?<=,)/).flatMap((part) => [part, element("wbr")]);
    byId("request-text").replaceChildren(...parts.slice(0, -1));
    byId("request-note").replaceChildren(
      element("code", {}, signature), ` answered ${status} in `,
      `${Math.round(milliseconds)} ms with ${sizeText(bytes)}.`,
      long ? " Shortened here; copied in full." : "",
    );
    byId("request").hidden = false;
  }

  /** The request in the chosen language, its values as `shape` makes them. */
  #text(shape) {
    const { url, body, name, signature, columns } = this.#exchange;
    if (this.#language === "curl") {
      return `curl -s ${url} \\\n  -d ${shellQuoted(shape(body))}`;
    }
    const inputs = JSON.stringify(columns).replaceAll("null", 'float("nan")');
    return [
      "from vaezoo.serving import Client",
      "",
      `with Client("${serverAddress()}", ${JSON.stringify(name)}) as client:`,
      `    answer = client.predict(${shape(inputs)}, "${signature}")`,
    ].join("\n");
  }
}

/** Copies a text; also where the clipboard is for secure pages alone. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "offstage", value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** A size such as "3.2 kB". */
export function sizeText(bytes) {
  for (const [unit, factor] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= factor) return `${(bytes / factor).toFixed(1)} ${unit}`;
  }
  return `${bytes} bytes`;
}

function shortened(text) {
  if (text.length <= MOST_SHOWN) return text;
  return `${text.slice(0, MOST_SHOWN)} … ${text.slice(-ENDING)}`;
}

function shellQuoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
