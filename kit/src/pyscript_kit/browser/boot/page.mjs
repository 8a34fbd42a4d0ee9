/**
 * The document that everything here is about.
 *
 * @module
 */

export const root = document.documentElement;

/** What stands for elements that a page of the author's own does not have. @type {Map<string, Element>} */
const unseen = new Map();

/**
 * An element of the shell; where the document has none, one that nobody sees.
 *
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const element = document.getElementById(id) ?? unseen.get(id);
  if (element) return element;
  const standIn = document.createElement("div");
  unseen.set(id, standIn);
  return standIn;
}

/** Whether the app is on its way to its first page, or has not come there. */
export const isStarting = () => root.dataset.app !== "ready";
