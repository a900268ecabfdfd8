// Elements. Text becomes text nodes alone, so that nothing of a card is ever markup.

/**
 * Makes an element.
 * Of the attributes, `class`, `on` (listeners by event) and DOM properties such as
 * `value` are taken as such; children are elements or text, and null is left out.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name === "class") made.className = value;
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        made.addEventListener(event, listener);
      }
    } else if (name in made && !name.includes("-") && name !== "list") {
      made[name] = value;
    } else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** The element with an id; an error if there is none. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Expected an element with the id ${id}.`);
  return found;
}

/** A symbol of `icons.svg`, which is drawn in the colour of the text. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `page/icons.svg#${name}`);
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

/** The latent dimension `z17` with a lowered index. */
export function dimensionName(dimension) {
  return [element("i", {}, "z"), element("sub", {}, String(dimension))];
}

/** Calls a function once, a while after the last of many calls. */
export function debounced(milliseconds, action) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
