/**
 * Says what a visitor did while the page was loading that Python's page has no place for, with its text.
 *
 * @module
 */

import { byId } from "./page.mjs";
import { wordsOf } from "./twins.mjs";

/** @typedef {import("./handover.mjs").Act} Act */

const LOOK_OF_LOST =
  "position: fixed; z-index: 3; inset: auto 1rem 1rem auto; max-width: min(32rem, calc(100vw - 2rem)); " +
  "max-height: 60vh; overflow: auto; padding: 1rem; border: 1px solid; border-radius: 0.6rem; " +
  "background: var(--surface, Canvas); color: var(--ink, CanvasText)";

/** @param {Act[]} lost what found no place in Python's page */
export function tellLost(lost) {
  byId("prerendered-lost").remove();
  const panel = document.createElement("section");
  Object.assign(panel, { id: "prerendered-lost", role: "alert" });
  panel.style.cssText = LOOK_OF_LOST;
  const items = lost.map(({ control, state }) => {
    const item = document.createElement("li");
    item.style.whiteSpace = "pre-wrap";
    item.textContent = `${wordsOf(control) || "A control"}: ${state ? state.words || "what you typed" : "not pressed"}`;
    return item;
  });
  const words = document.createElement("p");
  words.textContent = "You entered this while the page was loading, but the page no longer has a place for it:";
  const list = document.createElement("ul");
  list.append(...items);
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Dismiss" });
  button.addEventListener("click", () => panel.remove());
  panel.append(words, list, button);
  document.body.append(panel);
}
