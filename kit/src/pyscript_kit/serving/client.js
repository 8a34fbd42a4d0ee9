/**
 * The development server's part of the page: brings it to the state in which the app is now. The
 * server puts it into every document that it serves; no file of the app names it.
 *
 * The server tells the state whenever it changes, and on every connection, so a page that was cut
 * off finds out what it has missed:
 *
 *   version     another one than this page was served in: reload
 *   styles      another version of a style sheet: fetch that one again, in its place
 *   problems    what is wrong: show it, and leave the running app alone where it stops that
 *   preparing   the runtime is being made: wait for it
 *   snapshot    another one: the same app starts sooner, so reload once it stands
 *
 * @module
 */

/** @typedef {{ title: string, message: string, file: string, line: number | null, column: number | null, text: string, stops: boolean }} Problem */
/** @typedef {{ version: string, styles: Record<string, string>, problems: Problem[], preparing: boolean, snapshot: string, python: string }} State */

const own = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-events][data-state]"));
/** @type {State} */
const served = JSON.parse(own.dataset.state ?? "");

let latest = served;
let leaving = false;

function connect() {
  const events = new EventSource(own.dataset.events ?? "");
  events.onmessage = ({ data }) => follow(JSON.parse(data));
  events.onerror = () => {
    // Browsers connect again by themselves; some give up when nobody listens.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  };
}

/** @param {State} state */
function follow(state) {
  restyle(state.styles);
  status.textContent = state.preparing ? "Preparing the runtime …" : "";
  show(state.problems, state.python);
  latest = state;
  catchUp();
}

function catchUp() {
  const { version, snapshot, problems, preparing } = latest;
  if (problems.some(({ stops }) => stops) || preparing) return;
  // A start under way is not broken off for the next one's sake, nor is an error taken from sight.
  const stands = (document.documentElement.dataset.app ?? "ready") === "ready";
  const sooner = snapshot && snapshot !== served.snapshot;
  if (version !== served.version || (sooner && stands)) reload();
}

new MutationObserver(catchUp).observe(document.documentElement, { attributeFilter: ["data-app"] });

function reload() {
  if (leaving) return;
  leaving = true;
  location.reload();
}

// ---------------------------------------------------------------- style sheets

const SHEETS = 'link[rel~="stylesheet"]:not([data-incoming])';
const base = new URL("/", location.href).href;
const styles = new Map(Object.entries(served.styles));
/** @type {WeakMap<HTMLLinkElement, HTMLLinkElement>} What is to replace a sheet once it is there. */
const incoming = new WeakMap();

/** @param {State["styles"]} now */
function restyle(now) {
  const changed = Object.keys(now).filter((path) => now[path] !== styles.get(path));
  if (!changed.length) return;
  for (const path of changed) styles.set(path, now[path]);
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll(SHEETS)]);
  const known = links.filter((link) => styles.has(pathOf(link)));
  const named = known.filter((link) => changed.includes(pathOf(link)));
  // What no link names, another sheet may import.
  const all = changed.some((path) => !named.some((link) => pathOf(link) === path));
  for (const link of all ? known : named) replace(link);
}

/** @param {HTMLLinkElement} link */
function pathOf(link) {
  const { origin, pathname } = new URL(link.href);
  return base === `${origin}/` ? decodeURIComponent(pathname.slice(1)) : "";
}

/**
 * Load a sheet again, in its own place. The former one stays until the new one is there, so that the
 * page is never without, and the new one takes over what scripts have made of the former.
 *
 * @param {HTMLLinkElement} link
 */
function replace(link) {
  incoming.get(link)?.remove();
  const sheet = /** @type {HTMLLinkElement} */ (link.cloneNode());
  incoming.set(link, sheet);
  sheet.removeAttribute("id");
  sheet.dataset.incoming = "";
  const address = new URL(link.href);
  address.searchParams.set("saved", String(styles.get(pathOf(link))));
  sheet.href = address.href;
  sheet.onerror = () => sheet.remove();
  sheet.onload = () => {
    if (!sheet.isConnected || !link.isConnected) return;
    sheet.media = link.media;
    sheet.disabled = link.disabled;
    link.remove();
    sheet.removeAttribute("data-incoming");
    if (link.id) sheet.id = link.id;
    // Figures have the colours of the sheet, and are drawn again.
    dispatchEvent(new Event("app:scheme"));
  };
  link.after(sheet);
}

// ---------------------------------------------------------------- what is in the way

const LOOKS = `
  :host {
    all: initial;
    color-scheme: inherit;
    --ink: light-dark(#1c2430, #e8e5de);
    --muted: light-dark(#586172, #a5adba);
    --surface: light-dark(#ffffff, #191f26);
    --code: light-dark(#f4f1ea, #10151a);
    --line: light-dark(#d5cfc1, #3a4552);
    --edge: light-dark(#75798a, #8993a1);
    --bad: light-dark(#a3262a, #ffa198);
    --focus: light-dark(#0f5c6e, #7fcbd9);
    color: var(--ink);
    font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
  }
  * { box-sizing: border-box; }
  .overlay {
    position: fixed;
    z-index: 2147483647;
    inset: auto 0 0;
    width: min(52rem, 100% - 2rem);
    max-height: min(40rem, 75vh);
    margin: 0 auto 1rem;
    padding: 1.25rem 1.5rem;
    overflow: auto;
    overflow-wrap: anywhere;
    background: var(--surface);
    border: 1px solid var(--line);
    border-top: 4px solid var(--bad);
    border-radius: 0.6rem;
    box-shadow: 0 0.75rem 3rem rgb(0 0 0 / 35%);
  }
  [hidden], .status:empty { display: none; }
  h2 { margin: 0; color: var(--bad); font-size: 1.125rem; line-height: 1.3; }
  p { margin: 0.25rem 0 0; }
  .where { color: var(--muted); font-size: 0.9375rem; }
  .where, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace; }
  pre {
    margin: 0.75rem 0 0;
    padding: 0.6rem 0.8rem;
    overflow-x: auto;
    background: var(--code);
    border: 1px solid var(--line);
    border-radius: 0.35rem;
    font-size: 0.9375rem;
    line-height: 1.4;
    tab-size: 4;
  }
  .caret { color: var(--bad); font-weight: 700; }
  article + article { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
  .foot { color: var(--muted); font-size: 0.875rem; margin-top: 1rem; }
  .row {
    position: sticky;
    bottom: -1.25rem;
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem;
    margin-bottom: -1.25rem;
    padding-block: 0.75rem 1.25rem;
    background: var(--surface);
  }
  button {
    min-height: 2.75rem;
    padding: 0.4rem 1rem;
    background: transparent;
    color: inherit;
    border: 1px solid var(--edge);
    border-radius: 0.35rem;
    font: inherit;
    cursor: pointer;
  }
  button:hover { background: var(--code); }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
  .status {
    position: fixed;
    z-index: 2147483646;
    inset: auto 1rem 1rem auto;
    margin: 0;
    padding: 0.5rem 0.9rem;
    background: var(--surface);
    border: 1px solid var(--edge);
    border-radius: 2rem;
    box-shadow: 0 0.25rem 1rem rgb(0 0 0 / 25%);
    font-size: 0.9375rem;
  }
  @media (max-width: 30rem) {
    .overlay { width: 100%; margin: 0; padding: 1rem; border-inline: 0; border-bottom: 0; border-radius: 0; }
    .row { bottom: -1rem; margin-bottom: -1rem; padding-bottom: 1rem; }
  }
`;

// In a tree of its own, the page's styles do not reach it, nor its the page.
const host = document.createElement("div");
const shadow = host.attachShadow({ mode: "open" });
const looks = new CSSStyleSheet();
looks.replaceSync(LOOKS);
shadow.adoptedStyleSheets = [looks];
const overlay = made("section", { className: "overlay", hidden: true });
overlay.setAttribute("role", "alert");
overlay.tabIndex = 0;
const status = made("p", { className: "status" });
status.setAttribute("role", "status");
shadow.append(overlay, status);
document.body.append(host);

let shown = "";

/**
 * @param {Problem[]} problems
 * @param {string} python the version that found them
 */
function show(problems, python) {
  const key = JSON.stringify(problems);
  // What was dismissed comes back only as something else.
  if (key === shown) return;
  shown = key;
  overlay.hidden = !problems.length;
  const stops = problems.some(({ stops }) => stops);
  const foot = stops && problems.some(({ line }) => line) ? `Checked with Python ${python}. ` : "";
  overlay.replaceChildren(
    ...problems.map(article),
    made("p", { className: "foot", textContent: foot + (stops ? "The app stays as it was until this is fixed." : "") }),
    made("p", { className: "row" }, [
      made("button", { type: "button", textContent: "Dismiss", onclick: dismiss }),
      ...(stops ? [made("button", { type: "button", textContent: "Reload anyway", onclick: reload })] : []),
    ]),
  );
}

/** @param {Problem} problem */
function article({ title, message, file, line, column, text }) {
  const where = [file, line && `line ${line}`, column && `column ${column}`].filter(Boolean);
  const parts = [made("h2", { textContent: title }), made("p", { textContent: message })];
  if (where.length) parts.splice(1, 0, made("p", { className: "where", textContent: where.join(", ") }));
  if (text) {
    const indent = Math.min(text.search(/\S|$/), column ? column - 1 : Infinity);
    const code = made("pre", { textContent: text.slice(indent), tabIndex: 0, role: "group", ariaLabel: "The line" });
    // Tabs stay, so that the caret is below its character.
    const before = text.slice(indent, (column ?? 1) - 1).replace(/[^\t]/g, " ");
    if (column) code.append("\n", made("span", { className: "caret", textContent: `${before}^` }));
    parts.push(code);
  }
  return made("article", {}, parts);
}

function dismiss() {
  overlay.hidden = true;
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !overlay.hidden) dismiss();
});

/**
 * @param {string} name
 * @param {Record<string, unknown>} properties
 * @param {Node[]} children
 */
function made(name, properties, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

connect();
