// A choice of a few, as buttons in a row.

import { element } from "./dom.js";

/**
 * Fills an element of role radiogroup with a choice. Arrow keys move through it.
 * Returns a function that sets the choice.
 */
export function segments(group, names, chosen, onChoice) {
  const choose = (name, tell) => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(names[i] === name));
      button.tabIndex = names[i] === name ? 0 : -1;
    });
    if (tell) onChoice(name);
  };
  const buttons = names.map((name) => element("button", {
    type: "button", role: "radio", on: { click: () => choose(name, true) },
  }, name));
  arrowKeys(group, () => buttons, (i) => choose(names[i], true));
  group.replaceChildren(...buttons);
  choose(chosen, false);
  return (name) => choose(name, false);
}

/** Lets arrow keys, Home and End move through elements; `onMove` is told where to. */
export function arrowKeys(group, elements, onMove) {
  group.addEventListener("keydown", (event) => {
    const all = elements();
    const at = all.indexOf(document.activeElement);
    const to = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
      Home: 0, End: all.length - 1,
    }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + all.length) % all.length;
    all[next].focus();
    onMove(next);
  });
}
