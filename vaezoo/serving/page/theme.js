// Light or dark, before anything is drawn: as the system has it, or as chosen here.
"use strict";

{
  const chosen = (() => {
    try {
      return localStorage.getItem("vaezoo:theme");
    } catch {
      return null; // no storage
    }
  })();
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
}
