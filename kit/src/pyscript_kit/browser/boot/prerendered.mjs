/**
 * Pages as they were when the site was built, on screen with the document until Python's own stand. Each
 * part of the document that Python fills is there twice meanwhile: itself, unseen, and behind it a copy
 * with what was kept of it ([data-prerendered]). Itself comes first, so that Python finds its own
 * elements and none of the copy.
 *
 * @module
 */

import { paintFigures } from "./colours.mjs";
import { grown } from "./growing.mjs";
import { forget, handOver, isAtWork, keepWhatIsDone, watchHands } from "./handover.mjs";
import { byId, nextFrame, root } from "./page.mjs";
import { withPlace } from "./place.mjs";
import { stands } from "./standing.mjs";

/** @typedef {import("./growing.mjs").Tree} Tree */
/** @typedef {{ title: string, parts: Record<string, Tree[]> }} Kept what is kept of a page: contents by id */
/**
 * @typedef {object} Index what the head has done already: it asks for the page that the address names
 * @property {string} name what the app is called
 * @property {string | null} first the route of the page in the document; `null` where nothing was kept of it
 * @property {Record<string, [address?: string, integrity?: string]>} pages where the other ones are; nothing for
 *     those that are in the document as well
 * @property {string} [route] the one that the address names
 * @property {Promise<Response>} [asked] what comes of asking for it
 * @property {Promise<void>} [goesOn] when what starts Python is in the document
 * @property {() => void} goOn puts it there
 * @property {(page?: HTMLElement) => void} goOnOncePainted does so as a page and its first figure are painted
 * @property {any[]} pressed what was pressed since, which is held
 * @property {(event: Event) => void} hold what holds it
 */

/** How long Python's page may take to draw what the kept one shows, in seconds, unless the document says it. */
const PATIENCE = 5;

/** The copies, by the ids of what they stand for. @type {Map<string, HTMLElement>} */
const copies = new Map();
/** @type {Index} */
let index = { name: "", first: null, pages: {}, pressed: [], hold() {}, goOn() {}, goOnOncePainted() {} };
/** The page that is shown, or on its way. @type {string | undefined} */
let showing;
/** The page that the copies hold. @type {string | undefined} */
let inCopies;
/** What they held before, with all that was typed into it: title and contents by route. */
const pagesLeft = /** @type {Map<string | undefined, { title: string, contents: Map<string, Node[]> }>} */ (new Map());
/** That page's title. */
let titleHeld = "";
/** Whether the document's title is Python's: it reads there what the app is called. */
let hasGivenTitle = false;
let unwatch = () => {};

/** Show the page that the address names, and any whose link is followed before Python is there. */
export function showPrerendered() {
  if (!("prerendered" in globalThis)) return;
  index = /** @type {any} */ (globalThis).prerendered;
  for (const copy of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-prerendered]"))) {
    copies.set(copy.dataset.prerendered ?? "", copy);
    keepWhatIsDone(copy);
  }
  showing = inCopies = index.first ?? undefined;
  titleHeld = document.title;
  unwatch = watchHands();
  byId("prerendered-bar").hidden = false;
  byId("prerendered-status").textContent =
    "This page is loading. What you type, choose or press is kept until it is ready.";
  // A link may have been followed since.
  const route = routeOf(location.hash) ?? "";
  const asked = route === index.route ? index.asked : undefined;
  showPage(route || (index.first ?? ""), asked).then((isShown) => {
    if (isShown && asked) index.goOnOncePainted(mainCopy());
    else if (index.asked) index.goOn();
  });
  addEventListener("hashchange", followLink);
  place();
  addEventListener("resize", place);
  for (const type of ["click", "submit"]) removeEventListener(type, index.hold, true);
  for (const pressed of index.pressed) pressed.requestSubmit ? pressed.requestSubmit() : pressed.click();
  new MutationObserver(() => root.dataset.app === "failed" && keepForReading()).observe(root, {
    attributeFilter: ["data-app"],
  });
}

/** Resolves when a page that was kept has been painted; at once where there is none. */
export async function whenPainted() {
  await index.goesOn;
}

/** Python reads in the document what the app is called, and says itself what its page is. */
export function giveBackTitle() {
  hasGivenTitle = true;
  if (index.name) document.title = index.name;
}

/** What a visitor sees as the page: the copy, as long as it stands. */
export const visiblePage = () => mainCopy() ?? byId("page");

/**
 * Put Python's page in place of what was kept, as soon as it has drawn what that shows.
 *
 * @param {() => void} declare called in the frame in which it is seen
 */
export async function replacePrerendered(declare) {
  const copy = mainCopy();
  const live = copy && byId(copy.dataset.prerendered ?? "");
  if (!copy || !live) {
    remove();
    return declare();
  }
  const start = performance.now();
  const { dataset } = byId("prerendered-bar");
  const isLate = () => performance.now() - start >= 1000 * Number(dataset.patience ?? PATIENCE);
  while (isKept() && (isAtWork() || !stands(live, copy)) && !isLate()) await nextFrame();
  const parts = isKept() ? partsOf() : [];
  const restore = withPlace(parts);
  remove();
  declare();
  restore();
  performance.mark("prerendered:live");
  byId("prerendered-status").textContent = "This page is ready.";
  handOver(parts);
}

/** Whether what is shown was kept, and is not the boot screen. */
const isKept = () => root.dataset.elsewhere !== "unkept";

/** @returns {[copy: HTMLElement, live: HTMLElement][]} */
function partsOf() {
  return [...copies].flatMap(([id, copy]) => {
    const live = document.getElementById(id);
    return live ? [/** @type {[HTMLElement, HTMLElement]} */ ([copy, live])] : [];
  });
}

/**
 * Leave what was kept to be read, where Python does not start: no control of it will ever answer. What was typed
 * can be copied still.
 */
function keepForReading() {
  for (const copy of copies.values()) {
    for (const pressed of copy.querySelectorAll("[data-kept]")) pressed.removeAttribute("data-kept");
    for (const control of copy.querySelectorAll("button, input, select, textarea")) {
      const field = /** @type {HTMLInputElement} */ (control);
      if (control.matches("input:read-write, textarea")) field.readOnly = true;
      else field.disabled = true;
    }
  }
  byId("prerendered-bar").remove();
  byId("prerendered-status").textContent = "";
}

/** @returns {HTMLElement | undefined} */
const mainCopy = () => [...copies.values()].find(({ localName }) => localName === "main");

/**
 * The route in a fragment as Python reads it: "" for none, undefined for one that leads to an element.
 *
 * @param {string} hash
 */
function routeOf(hash) {
  if (hash.length < 2) return "";
  if (!hash.startsWith("#/")) return undefined;
  try {
    return decodeURIComponent(hash.slice(2).split("?")[0]).replace(/^\/+|\/+$/g, "");
  } catch {
    return hash.slice(2);
  }
}

async function followLink() {
  const route = routeOf(location.hash);
  if (route === undefined || !(await showPage(route || (index.first ?? "")))) return;
  scrollTo(0, 0);
  const heading = mainCopy()?.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

/**
 * Show what was kept of a page, or the boot screen where nothing was.
 *
 * @param {string} route
 * @param {Promise<Response>} [asked] what comes of asking for it, where somebody has
 * @returns {Promise<boolean>} whether it is showing
 */
async function showPage(route, asked) {
  if (route === showing) {
    if (isKept()) delete root.dataset.elsewhere;
    return isKept();
  }
  showing = route;
  forget();
  try {
    if (route === inCopies || pagesLeft.has(route)) putBack(route);
    else {
      const kept = await read(route, asked);
      if (showing === route && copies.size) fill(route, kept);
    }
    return showing === route;
  } catch {
    // Python will show it.
    if (showing === route && copies.size) showBootScreen();
    return false;
  }
}

/**
 * @param {string} route
 * @param {Promise<Response>} [asked]
 * @returns {Promise<Kept>}
 */
async function read(route, asked) {
  if (!Object.hasOwn(index.pages, route)) throw new Error("Nothing was kept of this page.");
  const [address, integrity] = index.pages[route];
  if (!address) return JSON.parse(byId("prerendered-pages").textContent ?? "")[route];
  const response = await (asked ?? fetch(address, { integrity }));
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.json();
}

function showBootScreen() {
  root.dataset.elsewhere = "unkept";
  entitle(index.name);
}

/** @param {string} route @param {Kept} kept */
function fill(route, { title, parts }) {
  setAside();
  for (const [id, copy] of copies) {
    if (id in parts) copy.replaceChildren(...parts[id].map((tree) => grown(tree)));
  }
  showFilled(route, title);
}

/** Show a page again that was left, as it was. @param {string} route */
function putBack(route) {
  if (route !== inCopies) setAside();
  const { title, contents } = pagesLeft.get(route) ?? { title: titleHeld, contents: new Map() };
  for (const [id, nodes] of contents) copies.get(id)?.replaceChildren(...nodes);
  showFilled(route, title);
}

/** Keep what the copies hold, but for presses: to leave a page takes them back. */
function setAside() {
  const contents = new Map();
  for (const [id, copy] of copies) {
    for (const pressed of copy.querySelectorAll("[data-kept]")) pressed.removeAttribute("data-kept");
    contents.set(id, [...copy.childNodes]);
  }
  pagesLeft.set(inCopies, { title: titleHeld, contents });
}

/** @param {string} route @param {string} title */
function showFilled(route, title) {
  forget();
  inCopies = route;
  titleHeld = title;
  for (const copy of copies.values()) paintFigures(copy);
  entitle(title);
  delete root.dataset.elsewhere;
  place();
}

/** @param {string} title */
function entitle(title) {
  if (!hasGivenTitle) document.title = title;
}

/** Have Python's page lie where the copy does: what it draws only when in view is in view then. */
function place() {
  const copy = mainCopy();
  const style = byId("prerendered-style");
  if (!copy || !style.sheet) return;
  const top = copy.getBoundingClientRect().top + scrollY;
  const rule = `#${CSS.escape(copy.dataset.prerendered ?? "")} { top: ${top}px; }`;
  if (style.dataset.placed) style.sheet.deleteRule(style.sheet.cssRules.length - 1);
  style.sheet.insertRule(rule, style.sheet.cssRules.length);
  style.dataset.placed = "true";
}

/** Take away the copies and what belongs to them; what they stood for is seen then. */
function remove() {
  for (const copy of copies.values()) copy.remove();
  copies.clear();
  for (const part of ["style", "bar"]) byId(`prerendered-${part}`).remove();
  pagesLeft.clear();
  unwatch();
  delete root.dataset.elsewhere;
  removeEventListener("hashchange", followLink);
  removeEventListener("resize", place);
}
