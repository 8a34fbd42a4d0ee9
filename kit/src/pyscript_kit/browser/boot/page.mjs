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

/** Whether the first page stands. It is shown, and the app ready, when it takes the place of what was kept of it. */
export const start = { over: false };

/** Whether the app is on its way to its first page, or has not come there. */
export const isStarting = () => !start.over;

/** The browser's next frame; where a tab is not seen and has none, a tenth of a second. */
export const nextFrame = () =>
  new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, 100);
  });
