/**
 * Light and dark: the system's choice, or the visitor's own, which is kept.
 *
 * @module
 */

import { byId, root } from "./page.mjs";

const DARK = "(prefers-color-scheme: dark)";

/** Paint the page by the choice that was kept, and follow every other one. */
export function followColours() {
  const scheme = byId("scheme");
  scheme.value = kept();
  paint(scheme.value);
  scheme.addEventListener("change", () => {
    keep(scheme.value);
    paint(scheme.value);
  });
  matchMedia(DARK).addEventListener("change", () => paint(scheme.value));
}

/** @param {string} value "system", "light" or "dark" */
function paint(value) {
  byId("dark").media = mediaOf(value);
  root.style.colorScheme = value === "system" ? "" : value;
  paintFigures(document.body);
  // Figures are drawn again in the colours of the moment.
  dispatchEvent(new Event("app:scheme"));
}

/** @param {string} value @returns {string} when the dark colours hold */
const mediaOf = (value) => ({ light: "not all", dark: "all" })[value] ?? DARK;

/**
 * Show the figures that were kept of a page in the colours that were chosen.
 *
 * @param {Element} part of the document
 */
export function paintFigures(part) {
  for (const source of /** @type {NodeListOf<HTMLSourceElement>} */ (part.querySelectorAll("source[data-dark]"))) {
    const dark = mediaOf(byId("scheme").value);
    const width = source.dataset.dark;
    source.media = width && dark !== "not all" ? `${width}${dark === DARK ? ` and ${dark}` : ""}` : dark;
  }
}

/** What was chosen before; some browsers refuse to say in a private window. */
function kept() {
  try {
    return localStorage.getItem("scheme") ?? "system";
  } catch {
    return "system";
  }
}

/** @param {string} value */
function keep(value) {
  try {
    localStorage.setItem("scheme", value);
  } catch {
    // Kept for this visit, then.
  }
}
