/**
 * What a visitor does to a page before Python is there, kept for Python's page: what is typed and chosen,
 * which buttons are pressed, in that order, and where the focus and the selection are. What cannot be handed
 * over is said, with the text, so that nothing typed is lost.
 *
 * @module
 */

import { tellLost } from "./lost.mjs";
import { byId, root } from "./page.mjs";
import { BUTTONS, FIELDS, pairs, wordsOf } from "./twins.mjs";

/** @typedef {import("./twins.mjs").Part} Part */
/** @typedef {{ control: any, state?: State }} Act a press, where nothing is said of a state */
/**
 * @typedef {object} State what a control holds
 * @property {string} words of it for people
 * @property {string} [value]
 * @property {boolean} [unreadable] whether it shows what scripts cannot read, such as half a date
 * @property {boolean} [checked]
 * @property {string[]} [chosen]
 * @property {FileList} [files]
 * @property {boolean} [open]
 */

/** What Python hears clicks of, and no press can be kept for; and editors. */
const DEAF = "[data-acts], [contenteditable]";
/** How long a word on what is not ready stays, in milliseconds. */
const GLANCE = 4000;

/** What was done, in its order. @type {Act[]} */
let acts = [];
/** What does it to Python's page, once that stands: files may be chosen before, and come after. */
let perform = /** @type {((act: Act) => void) | undefined} */ (undefined);
/** Whether a file was asked for. */
let chooses = false;
let holds = false;
let composes = false;

/** Whether a visitor is in the middle of something, such as a press or a syllable that is being composed. */
export const isAtWork = () => holds || composes;

/** @param {HTMLElement} copy a part of the page that Python's will take the place of */
export function keepWhatIsDone(copy) {
  for (const type of ["input", "change", "toggle"]) {
    copy.addEventListener(type, ({ target }) => note(target), true);
  }
  copy.addEventListener("submit", (event) => {
    event.preventDefault();
    press(event.submitter ?? event.target);
  });
  copy.addEventListener("click", onClick);
  copy.addEventListener("keydown", onKey);
  copy.addEventListener("pointerdown", () => (holds = true), true);
  copy.addEventListener("compositionstart", () => (composes = true), true);
  copy.addEventListener("compositionend", () => (composes = false), true);
}

/** Notice the end of what began in a part; and have no file that is dropped on the page take its place. */
export function watchHands() {
  for (const type of ["pointerup", "pointercancel", "blur"]) addEventListener(type, () => (holds = false), true);
  for (const type of ["dragover", "drop"]) addEventListener(type, refuseFiles);
  return () => {
    for (const type of ["dragover", "drop"]) removeEventListener(type, refuseFiles);
  };
}

/** Keep nothing of what was done, as its page is left. */
export function forget() {
  acts = [];
}

/** @param {any} event */
function refuseFiles(event) {
  if (!event.dataTransfer?.types.includes("Files") || event.target.closest?.("input[type=file]")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

/** @param {any} event */
function onClick(event) {
  const target = /** @type {Element} */ (event.target);
  const label = /** @type {HTMLLabelElement | null} */ (target.closest("label"));
  if (label) return answerLabel(event, label);
  const button = /** @type {any} */ (target.closest(BUTTONS));
  // A form may refuse to be sent, and says why: it is kept when it is sent.
  chooses ||= target.matches("input[type=file]");
  if (button) return button.form && button.type === "submit" ? undefined : press(button);
  const link = target.closest("a[href]");
  if (link) return stayOnPage(event, link.getAttribute("href") ?? "");
  if (!target.closest(`${FIELDS}, summary`) && target.closest(DEAF)) sayNotReady();
}

/**
 * Python's page may have come, unseen, with a control of the same id, which the browser would take the label's for.
 *
 * @param {any} event @param {HTMLLabelElement} label
 */
function answerLabel(event, label) {
  const { control } = label;
  if (!control || event.currentTarget.contains(control)) return;
  event.preventDefault();
  const own = event.currentTarget.querySelector(`#${CSS.escape(label.htmlFor)}`);
  own?.focus();
  if (own?.matches("input:is([type=checkbox], [type=radio])")) own.click();
}

/**
 * As a link to an element it would put that one's address in place of the page's, so that Python would open
 * the first page.
 *
 * @param {any} event @param {string} address
 */
function stayOnPage(event, address) {
  if (!address.startsWith("#") || address.startsWith("#/") || !location.hash.startsWith("#/")) return;
  event.preventDefault();
  const id = decodeURIComponent(address.slice(1));
  const own = event.currentTarget.querySelector(`#${CSS.escape(id)}`) ?? document.getElementById(id);
  own?.scrollIntoView();
}

/** @param {any} event of the keyboard, where a button is none of the browser's own */
function onKey(event) {
  const { target, key } = event;
  if (!["Enter", " "].includes(key) || !target.matches("[role=button], [data-acts]")) return;
  if (target.matches("button, input, select, textarea, a[href], summary")) return;
  event.preventDefault();
  if (target.matches("[role=button]")) press(target);
  else sayNotReady();
}

/** @param {any} control that has another state now */
function note(control) {
  const act = { control, state: stateOf(control) };
  if (!act.state || (control.type === "radio" && !control.checked)) return;
  if (perform) return perform(act);
  const since = acts.slice(1 + acts.findLastIndex(({ state }) => !state));
  const former = acts.findLast((each) => each.control === control && each.state)?.state;
  // The browser reports the same more than once.
  if (former && isSame(former, act.state)) return;
  // What was pressed before was pressed with what it held then.
  acts = [...acts.filter((each) => each.control !== control || !since.includes(each)), act];
}

/** @param {any} target */
function press(target) {
  if (root.dataset.app === "failed") return;
  const name = wordsOf(target) || "This";
  // Twice in a row is impatience; with another text in between, it is meant.
  const isAgain = acts.at(-1)?.control === target && !acts.at(-1)?.state;
  if (!isAgain) acts.push({ control: target });
  target.dataset.kept = "";
  say(isAgain ? `${name}: already saved, and done once, as soon as Python is ready.` : `${name}: saved, and done as soon as Python is ready.`);
}

function sayNotReady() {
  if (root.dataset.app === "failed") return;
  const { dataset } = byId("prerendered-bar");
  dataset.says = "";
  setTimeout(() => delete dataset.says, GLANCE);
  say("This is not ready yet: it waits for Python.");
}

/** @param {string} words */
function say(words) {
  for (const part of ["note", "status"]) byId(`prerendered-${part}`).textContent = words;
}

/** @param {any} control @returns {State | undefined} nothing for what holds nothing */
function stateOf(control) {
  if (control instanceof HTMLDetailsElement) return { words: "", open: control.open };
  if (control instanceof HTMLSelectElement) {
    const chosen = [...control.selectedOptions];
    return { words: chosen.map(({ text }) => text).join(", "), chosen: chosen.map(keyOf) };
  }
  if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)) return undefined;
  if (control.matches(BUTTONS)) return undefined;
  if (["checkbox", "radio"].includes(control.type)) {
    const { checked } = /** @type {HTMLInputElement} */ (control);
    return { words: checked ? "chosen" : "not chosen", checked };
  }
  const files = /** @type {HTMLInputElement} */ (control).files;
  if (files) return { words: [...files].map(({ name }) => name).join(", "), files };
  const unreadable = control.validity.badInput;
  const words = unreadable ? "what you typed is not complete" : control.type === "password" ? "" : control.value;
  return { words, value: control.value, unreadable };
}

/** @param {HTMLOptionElement} option @returns {string} which one it is: its place may be another one */
const keyOf = ({ value, text }) => `${value}\n${text}`;

/** @param {State} one @param {State} other */
function isSame(one, other) {
  return one.files === other.files && JSON.stringify(one) === JSON.stringify(other);
}

/** @param {any} control whether it holds something else than the page began with: browsers restore it as well */
function isTouched(control) {
  const { type, files } = control;
  if (control instanceof HTMLSelectElement) {
    return [...control.options].some(({ selected, defaultSelected }) => selected !== defaultSelected);
  }
  if (type === "radio") return control.checked && !control.defaultChecked;
  if (type === "checkbox") return control.checked !== control.defaultChecked;
  return files ? files.length > 0 : control.value !== control.defaultValue || control.validity.badInput;
}

/**
 * Do to Python's page, which is seen by now, what was done to what was kept of it.
 *
 * @param {Part[]} parts
 */
export function handOver(parts) {
  const done = acts;
  const known = new Set(done.map(({ control }) => control));
  const untold = parts
    .flatMap(([copy]) => [.../** @type {NodeListOf<any>} */ (copy.querySelectorAll(FIELDS))])
    .filter((control) => !known.has(control) && !control.matches(BUTTONS) && isTouched(control))
    .map((control) => ({ control, state: stateOf(control) }));
  forget();
  const twinOf = pairs(parts);
  /** @type {Act[]} */
  const lost = [];
  if (chooses) {
    perform = (act) => {
      if (!isDone(act, twinOf(act.control))) tellLost([...lost, act]);
    };
  }
  for (const act of [...untold, ...done]) {
    if (!isDone(act, twinOf(act.control))) lost.push(act);
  }
  if (lost.length) tellLost(lost);
}

/** @param {Act} act @param {any} twin @returns {boolean} whether it could be done */
function isDone({ state }, twin) {
  if (!twin) return state?.open !== undefined;
  if (state) return isGiven(twin, state);
  if (twin.disabled) return false;
  if (twin instanceof HTMLFormElement) twin.requestSubmit();
  else twin.click();
  return true;
}

/** @param {any} twin @param {State} state @returns {boolean} whether it holds that now */
function isGiven(twin, state) {
  const { value, checked, chosen, files, open } = state;
  if (open !== undefined) twin.open = open; // which the browser reports itself
  else if (checked !== undefined) {
    // With all the events of a click, to some of which Python may listen.
    if (twin.checked !== checked) twin.click();
    return twin.checked === checked;
  } else if (files) {
    twin.files = files;
    if (files.length) tell(twin);
  } else if (chosen) {
    const options = /** @type {HTMLOptionElement[]} */ ([...twin.options]);
    if (!chosen.every((key) => options.some((option) => keyOf(option) === key))) return false;
    const differ = options.filter((option) => option.selected !== chosen.includes(keyOf(option)));
    for (const option of differ) option.selected = !option.selected;
    if (differ.length) tell(twin);
  } else {
    if (state.unreadable) return false;
    const former = twin.value;
    if (former === value) return true;
    twin.value = value;
    if (twin.value !== value) {
      twin.value = former;
      return false;
    }
    tell(twin);
  }
  return true;
}

/** @param {Element} control */
function tell(control) {
  for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true }));
}
