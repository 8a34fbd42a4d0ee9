/**
 * Which control of Python's page is the same as one of what was kept of it.
 *
 * @module
 */

/** @typedef {[copy: HTMLElement, live: HTMLElement]} Part what was kept of a part of the page, and Python's */

export const FIELDS = "input, select, textarea";
const CONTROLS = `${FIELDS}, a[href], button, details, form, summary, [role=button], [tabindex]`;
export const BUTTONS = "button, input:is([type=button], [type=image], [type=reset], [type=submit]), [role=button]";
/** Before the name of a radio button, so that it is of no group with Python's own. */
const APART = /^prerendered /;

/**
 * What finds the control of Python's page that is the same as one of the copies: of one name, and at its place
 * among those. Where there are more of that name, or fewer, nobody can tell which it is.
 *
 * @param {Part[]} parts
 * @returns {(control: Element) => any}
 */
export function pairs(parts) {
  const twins = new Map();
  for (const [copy, live] of parts) {
    const theirs = byName(live);
    for (const [name, controls] of byName(copy)) {
      const found = theirs.get(name);
      if (found?.length !== controls.length) continue;
      for (const [index, control] of controls.entries()) twins.set(control, found[index]);
    }
  }
  return (control) => {
    const twin = twins.get(control);
    if (!twin || twin.isConnected) return twin;
    // Python has made its page again since, for what was done to it.
    const part = parts.find(([copy]) => copy.contains(control));
    const [again, ...others] = part ? (byName(part[1]).get(nameOf(control)) ?? []) : [];
    return others.length ? undefined : again;
  };
}

/** @param {HTMLElement} page @returns {Map<string, Element[]>} */
function byName(page) {
  const found = new Map();
  for (const control of page.querySelectorAll(CONTROLS)) {
    const name = nameOf(control);
    found.set(name, [...(found.get(name) ?? []), control]);
  }
  return found;
}

/**
 * The words of a control's label, without those in the control. Browsers know no labels of what is in no document,
 * and take that of a copy for that of the control with the same id in Python's page.
 *
 * @param {Element} control
 */
export function labelOf(control) {
  const page = control.closest("[data-prerendered]") ?? document;
  const label = control.closest("label") ?? (control.id && page.querySelector(`label[for="${CSS.escape(control.id)}"]`));
  if (!label) return "";
  const words = /** @type {Element} */ (label.cloneNode(true));
  for (const inner of words.querySelectorAll(`${FIELDS}, button`)) inner.remove();
  return (words.textContent ?? "").trim();
}

/** @param {any} control */
function nameOf(control) {
  const { localName, id } = control;
  const own = id || (control.getAttribute("name") ?? "").replace(APART, "") || control.getAttribute("aria-label");
  const about = localName === "details" ? control.querySelector("summary") : control;
  const label = labelOf(control) || (localName === "form" ? "" : (about?.textContent ?? "").trim());
  const value = control.type === "radio" ? control.value : "";
  return [localName, control.getAttribute("type"), own || label, value].join("\n");
}

/** @param {any} control @returns {string} what people call it */
export function wordsOf(control) {
  const label = control.getAttribute("aria-label") || labelOf(control);
  const own = control.matches(`${FIELDS}, form`) ? (control.matches(BUTTONS) ? control.value : "") : control.textContent;
  return (label || own || control.getAttribute("placeholder") || control.getAttribute("name") || "").trim().replace(/\s+/g, " ");
}
