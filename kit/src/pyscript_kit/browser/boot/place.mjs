/**
 * Where a visitor is in a page that was kept, for them to be there in Python's: what has the focus, what is
 * selected, how far it is scrolled.
 *
 * @module
 */

import { pairs } from "./twins.mjs";

/** @typedef {import("./twins.mjs").Part} Part */

/**
 * Remember where the visitor is, and return what brings them to the same place of Python's page.
 *
 * @param {Part[]} parts
 */
export function withPlace(parts) {
  const twinOf = pairs(parts);
  const focused = /** @type {any} */ (document.activeElement);
  const [copy, live] = parts.find(([copy]) => copy.contains(focused)) ?? [];
  const twin = copy && live && (focused === copy ? live : (twinOf(focused) ?? insteadOf(focused, live)));
  const caret = copy && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : [null];
  const marks = parts.map(([copy, live]) => /** @type {const} */ ([live, rangeOf(copy)]));
  const scrolled = parts.flatMap(scrolledOf);
  const [x, y] = [scrollX, scrollY];
  return () => {
    scrollTo({ left: x, top: y, behavior: "instant" });
    for (const { element, left, top } of scrolled) element.scrollTo({ left, top, behavior: "instant" });
    for (const [live, marked] of marks) {
      if (marked && live.textContent?.includes(marked.text)) mark(live, marked);
    }
    if (!twin) return;
    twin.focus({ preventScroll: true });
    // What it holds is handed over later, and is as long as this by then.
    if (caret[0] !== null) requestAnimationFrame(() => twin.setSelectionRange?.(...caret));
  };
}

/**
 * Where somebody goes on who was at what the page has no longer: not at the top of the document.
 *
 * @param {Element} gone @param {HTMLElement} live
 */
function insteadOf(gone, live) {
  const heading = gone.localName === "h1" ? live.querySelector("h1") : null;
  const place = heading ?? live;
  if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
  return place;
}

/** @param {Part} part @returns {{ element: Element, left: number, top: number }[]} what scrolls in it, and how far */
function scrolledOf([copy, live]) {
  const all = [...copy.querySelectorAll("*")];
  return all
    .filter(({ scrollLeft, scrollTop }) => scrollLeft || scrollTop)
    .flatMap((element) => {
      const alike = (/** @type {Element} */ other) =>
        other.localName === element.localName && other.className === element.className;
      const twin = [...live.querySelectorAll("*")].filter(alike)[all.filter(alike).indexOf(element)];
      return twin ? [{ element: twin, left: element.scrollLeft, top: element.scrollTop }] : [];
    });
}

/** @param {HTMLElement} copy what of its text is selected, and where that begins */
function rangeOf(copy) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !copy.contains(selection.anchorNode)) return null;
  const range = selection.getRangeAt(0);
  const before = document.createRange();
  before.selectNodeContents(copy);
  before.setEnd(range.startContainer, range.startOffset);
  return { start: before.toString().length, text: range.toString() };
}

/** @param {HTMLElement} live @param {{ start: number, text: string }} marked */
function mark(live, { start, text }) {
  const walker = document.createTreeWalker(live, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let [at, end] = [0, start + text.length];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = /** @type {Text} */ (node);
    if (start >= at && start < at + length) range.setStart(node, start - at);
    if (end > at && end <= at + length) {
      range.setEnd(node, end - at);
      // A range is there still, collapsed where the copy was, and a second one would be ignored.
      if (range.toString() === text) getSelection()?.setBaseAndExtent(...ends(range));
      return;
    }
    at += length;
  }
}

/** @param {Range} range @returns {[Node, number, Node, number]} */
const ends = ({ startContainer, startOffset, endContainer, endOffset }) =>
  [startContainer, startOffset, endContainer, endOffset];
