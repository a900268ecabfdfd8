// Sorts tables by a click on a heading, or by the address: #sort=likelihood.nll.ascending
"use strict";

function sortBy(header, direction) {
  const table = header.closest("table");
  const index = header.cellIndex;
  const sign = direction === "ascending" ? 1 : -1;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction);
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
    rows.sort((a, b) => compareCells(a.cells[index], b.cells[index], sign));
    body.append(...rows);
  }
}

// Empty cells come last, whichever way the others go.
function compareCells(a, b, sign) {
  const [x, y] = [a.dataset.value, b.dataset.value];
  if (x === "" || y === "") return (x === "") - (y === "");
  const [p, q] = [Number(x), Number(y)];
  const order = Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y) : p - q;
  return sign * order;
}

function next(header) {
  const now = header.getAttribute("aria-sort");
  const first = header.dataset.first;
  if (!now) return first;
  return now === "ascending" ? "descending" : "ascending";
}

function sortAsTheAddressSays() {
  const match = /^#sort=([\w-]+)\.([\w-]+)\.(ascending|descending)$/.exec(location.hash);
  if (!match) return;
  const table = document.getElementById(`table-${match[1]}`);
  const header = table && table.querySelector(`th[data-column="${match[2]}"]`);
  if (header) sortBy(header, match[3]);
}

for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => {
    const header = button.closest("th");
    const direction = next(header);
    sortBy(header, direction);
    const table = header.closest("table").id.replace("table-", "");
    const hash = `#sort=${table}.${header.dataset.column}.${direction}`;
    history.replaceState(null, "", hash);
  });
}
window.addEventListener("hashchange", sortAsTheAddressSays);
sortAsTheAddressSays();
