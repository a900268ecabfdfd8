// The button that changes between light and dark.

import { icon } from "./dom.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** Makes a button change the colours; the choice is kept in this browser. */
export function themeButton(button) {
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => {
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
    button.title = button.getAttribute("aria-label");
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("vaezoo:theme", root.dataset.theme);
    } catch {
      // No storage: it lasts as long as the page.
    }
    label();
  });
  system.addEventListener("change", label);
  label();
}
