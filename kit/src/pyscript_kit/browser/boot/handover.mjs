/**
 * What a visitor does to a page before Python is there, kept for Python's page: what is typed and chosen,
 * the last press of each button, focus and selection.
 *
 * @module
 */

import { byId } from "./page.mjs";

const CONTROLS = "a[href], button, details, input, select, summary, textarea, [role=button], [tabindex]";
const BUTTONS = "button, input:is([type=button], [type=image], [type=reset], [type=submit]), [role=button]";

/** What was typed into or chosen, in the order of the last time. @type {Set<any>} */
const changed = new Set();
/** Buttons that were pressed, and forms that were sent without one. @type {Set<any>} */
const pressed = new Set();

/** @param {HTMLElement} copy a part of the page that Python's will take the place of */
export function keepWhatIsDone(copy) {
  for (const type of ["input", "change", "toggle"]) {
    copy.addEventListener(type, ({ target }) => moveToEnd(changed, target), true);
  }
  copy.addEventListener("submit", (event) => {
    event.preventDefault();
    press(event.submitter ?? event.target);
  });
  copy.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest(BUTTONS);
    // A form may refuse to be sent, and says why: it is kept when it is sent.
    if (button && !(/** @type {any} */ (button).form && /** @type {any} */ (button).type === "submit")) press(button);
  });
}

/** Keep nothing of what was done, as its page is left. */
export function forget() {
  changed.clear();
  pressed.clear();
}

/** @param {any} target */
function press(target) {
  moveToEnd(pressed, target);
  target.dataset.kept = "";
  const words = "Kept: this happens as soon as Python is here.";
  for (const part of ["note", "status"]) byId(`prerendered-${part}`).textContent = words;
}

/** @param {Set<any>} set @param {any} item */
function moveToEnd(set, item) {
  set.delete(item);
  set.add(item);
}

/**
 * Do to Python's page, which is seen by now, what was done to the copy.
 *
 * @param {HTMLElement} copy
 * @param {HTMLElement} live
 */
export function handOver(copy, live) {
  const twinOf = pairs(copy, live);
  for (const control of changed) {
    const twin = copy.contains(control) && twinOf(control);
    if (twin && take(twin, control)) {
      for (const type of ["input", "change"]) twin.dispatchEvent(new Event(type, { bubbles: true }));
    }
  }
  for (const target of pressed) {
    const twin = copy.contains(target) && twinOf(target);
    if (twin instanceof HTMLFormElement) twin.requestSubmit();
    else if (twin) twin.click();
  }
  forget();
}

/**
 * Give a control the value of another one; false where it has it.
 *
 * @param {any} twin
 * @param {any} control
 */
function take(twin, control) {
  if (control instanceof HTMLDetailsElement) {
    twin.open = control.open;
    return false; // it tells of it by itself
  }
  if (control.type === "file") {
    twin.files = control.files;
    return control.files.length > 0;
  }
  if (control instanceof HTMLSelectElement) {
    const chosen = [...control.options].map(({ selected }) => selected);
    const same = [...twin.options].every(({ selected }, index) => selected === chosen[index]);
    for (const [index, option] of [...twin.options].entries()) option.selected = chosen[index] ?? false;
    return !same;
  }
  const property = ["checkbox", "radio"].includes(control.type) ? "checked" : "value";
  if (twin[property] === control[property]) return false;
  twin[property] = control[property];
  return true;
}

/**
 * Remember where the visitor is in the copy, and return what brings them to the same place of the page.
 *
 * @param {HTMLElement} copy
 * @param {HTMLElement} live
 */
export function withPlace(copy, live) {
  const twinOf = pairs(copy, live);
  const { activeElement: focused } = document;
  const wasIn = focused && copy.contains(focused) ? /** @type {any} */ (focused) : null;
  const twin = wasIn && (wasIn === copy ? live : twinOf(wasIn));
  const caret = wasIn && "selectionStart" in wasIn ? [wasIn.selectionStart, wasIn.selectionEnd] : [null];
  const marked = rangeOf(copy);
  const [x, y] = [scrollX, scrollY];
  return () => {
    scrollTo({ left: x, top: y, behavior: "instant" });
    if (marked && live.textContent?.includes(marked.text)) mark(live, marked);
    if (!twin) return;
    twin.focus({ preventScroll: true });
    // What it holds is handed over later, and is as long as this by then.
    if (caret[0] !== null) requestAnimationFrame(() => twin.setSelectionRange?.(...caret));
  };
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
      if (range.toString() === text) getSelection()?.addRange(range);
      return;
    }
    at += length;
  }
}

/**
 * What finds the control of Python's page that is the same as one of the copy: of one name, and at its
 * place among those.
 *
 * @param {HTMLElement} copy
 * @param {HTMLElement} live
 * @returns {(control: Element) => any}
 */
function pairs(copy, live) {
  /** @param {HTMLElement} page @returns {Map<string, Element[]>} */
  const byName = (page) => {
    const found = new Map();
    for (const control of page.querySelectorAll(`${CONTROLS}, form`)) {
      const name = nameOf(control);
      found.set(name, [...(found.get(name) ?? []), control]);
    }
    return found;
  };
  const [ours, theirs] = [byName(copy), byName(live)];
  return (control) => {
    const name = nameOf(control);
    return theirs.get(name)?.[ours.get(name)?.indexOf(control) ?? -1];
  };
}

/** @param {any} control */
function nameOf(control) {
  const { localName, id } = control;
  const own = id || control.getAttribute("name") || control.getAttribute("aria-label");
  const label = control.labels?.[0]?.textContent ?? (localName === "form" ? "" : control.textContent.trim());
  const value = control.type === "radio" ? control.value : "";
  return [localName, control.getAttribute("type"), own || label, value].join("\n");
}
