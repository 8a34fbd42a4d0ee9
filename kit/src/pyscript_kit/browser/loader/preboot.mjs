/**
 * Boots Pyodide from a snapshot of its memory, made when the runtime was vendored, instead of from
 * nothing. PyScript's setting `interpreter` names this module in place of pyodide.mjs.
 *
 * Whatever fails on the way, it says why in one line of the console and boots plainly. On the page
 * it starts as soon as it is loaded, so that Python boots while PyScript itself is still coming; in
 * a worker it starts when it is called. `?preboot=off` in the page's address boots plainly, workers too.
 *
 * On the page it reports the outcome in `document.documentElement.dataset.preboot`: "packages" or
 * "base" for the snapshot that it booted from, "bytecode" where there is none for the browser, "off", or
 * "failed". Events "preboot:progress" on window report the progress, with the numbers of bytes
 * `received` and `total`, which is 0 when they are not known any more.
 *
 * @module
 */

import { beginAside, hashAside } from "./beside.mjs";
import { bootBase, bootBytecode, bootPackages } from "./boots.mjs";
import { bringCommonLater, fetchApp, mountApp } from "./contents.mjs";
import { loadAlone } from "./hearing.mjs";
import { layout } from "./layout.mjs";
import { here, indexURL, manifest, named, page } from "./made.mjs";
import { standInForMicropip } from "./micropip.mjs";
import { canonical, learn } from "./packages.mjs";
import { hashBy } from "./pieces.mjs";
import { forgetProgress } from "./progress.mjs";
// What only others import: named here, it comes with the rest where nothing was preloaded, as in a worker.
import "./ahead.mjs";
import "./chance.mjs";
import "./digest.mjs";
import "./laying.mjs";
import "./linking.mjs";
import "./memory.mjs";
import "./mounting.mjs";
import "./packs.mjs";
import "./patience.mjs";
import "./waking.mjs";

export { version } from "../pyodide/pyodide.mjs";

/** @typedef {import("./boots.mjs").Streams} Streams */
/** @typedef {"packages" | "base" | "bytecode" | "off"} Kind */
/** @typedef {{ streams: Streams, interpreter: Promise<any> }} Attempt */

/** What PyScript passes; a call with anything more is somebody else's, and boots plainly. */
const KNOWN_OPTIONS = new Set(["indexURL", "packages", "stdout", "stderr", "lockFileContents"]);

/** Where the manifest has what the app imports before any page, among the routes: none is called so. */
const START = "/";

/** The name of workers that boot plainly, because their page was asked to: they have no address of their own. */
const PLAIN = "preboot=off";

/** @type {Attempt | undefined} */
let early;

/**
 * As Pyodide's own, from a snapshot where there is one that suits.
 *
 * @param {Record<string, any>} options
 * @returns {Promise<any>} the interpreter
 */
export async function loadPyodide(options = {}) {
  const packages = (options.packages ?? []).map(canonical);
  const known = Object.keys(options).every((name) => KNOWN_OPTIONS.has(name));
  const { streams, interpreter } = (known && takeBegun()) || attempt(() => (known ? kindFor(packages) : "off"), []);
  Object.assign(streams, { stdout: options.stdout, stderr: options.stderr });
  const py = await interpreter;
  if (!py) return loadPlainly(options);
  // What PyScript has kept of an earlier visit: it names what micropip has installed then.
  await learn(py, options.lockFileContents);
  standInForMicropip(py);
  bringCommonLater();
  if (packages.length) await py.loadPackage(packages, { messageCallback() {} });
  return py;
}

/** @param {Record<string, any>} options */
async function loadPlainly(options) {
  try {
    const own = { ...options, indexURL };
    // A lock that is handed over does not say where its files lie.
    if (options.lockFileContents) own.packageBaseUrl ??= indexURL;
    const [py] = await Promise.all([loadAlone(own).finally(listenNoMore), fetchApp()]);
    mountApp(py.FS);
    standInForMicropip(py);
    return py;
  } catch (/** @type {any} */ error) {
    // An error of our own: browsers tell a page nothing of a rejection with one that they made outside
    // of any script, as where JSON is none, and the page would wait for the interpreter.
    throw new Error(`Python could not be loaded: ${error?.message ?? error}`, { cause: error });
  }
}

/** The attempt that began with the page, for the first who asks. */
function takeBegun() {
  const begun = early;
  early = undefined;
  return begun;
}

/** Begin with what PyScript and the page that the address names will need. */
function beginEarly() {
  if (!manifest) return;
  if (globalThis.crypto?.subtle) {
    beginAside();
    hashBy(hashAside);
  }
  const route = routeIn(location.hash);
  const { files, modules, pages, routes, start, standard = {}, styled = {} } = manifest;
  const imports = [...(named(standard, START) ?? []), ...(named(standard, route) ?? [])];
  early = attempt(() => kindFor([...start, ...(named(routes, route) ?? [])]), imports);
  try {
    for (const module of modules) preload({ rel: "modulepreload", href: new URL(module, here).href });
    for (const href of [...files, named(pages, route)].filter(Boolean)) {
      preload({ rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
    }
    const page = named(styled, route);
    if (page) {
      const sheet = preload({ rel: "stylesheet", media: "print", href: `./pages/${page}.css` });
      // By this patterns/style.py finds it, with all that it imports, and has it hold with the page.
      sheet.onload = () => (sheet.dataset.page = page);
    }
  } catch {
    // All of it comes later, too.
  }
}

/**
 * The route in a fragment, as patterns/route.py reads it.
 *
 * @param {string} fragment
 */
function routeIn(fragment) {
  const [, written = ""] = fragment.match(/^#\/([^?]*)/) ?? [];
  let route = written;
  try {
    route = decodeURIComponent(written);
  } catch {
    // A percent sign that stands for itself.
  }
  return route.replace(/^\/+|\/+$/g, "");
}

/** @param {Partial<HTMLLinkElement>} attributes */
function preload(attributes) {
  const link = Object.assign(document.createElement("link"), attributes);
  document.head.append(link);
  return link;
}

/**
 * @param {string[]} packages what will be needed at once
 * @returns {Kind}
 */
function kindFor(packages) {
  if (!manifest || isOff()) return "off";
  const snapshot = manifest.snapshots[layout()];
  if (!snapshot) return "bytecode";
  const held = snapshot.packages?.names ?? [];
  if (packages.some((name) => held.includes(name)) && !clash(snapshot.packages)) return "packages";
  return clash(snapshot.base) ? "bytecode" : "base";
}

/** Whether the page was asked to boot plainly, or the page of this worker. */
function isOff() {
  if (!page) return globalThis.name === PLAIN;
  return /[?&]preboot=off\b/.test(globalThis.location?.search ?? "");
}

/** Have workers know of it, which PyScript starts. A proxy would do in all engines but WebKit, where a subclass
 * of one finds no method of the original by `super`. */
function tellWorkers() {
  const { Worker } = globalThis;
  if (!Worker) return;
  globalThis.Worker = class extends Worker {
    /** @param {string | URL} address @param {WorkerOptions} [options] */
    constructor(address, options) {
      super(address, { ...options, name: options?.name || PLAIN });
    }
  };
}

/**
 * A module that the app has itself, and that a snapshot has imported from elsewhere: with that snapshot, the
 * app's own one would never be looked for.
 *
 * @param {{ modules: string[] }} snapshot
 * @returns {string | undefined}
 */
function clash({ modules }) {
  return manifest.own.find((/** @type {string} */ name) => modules.includes(name));
}

/**
 * @param {() => Kind} choose
 * @param {string[]} imports of the standard library, as far as they are known
 * @returns {Attempt} its interpreter undefined when nothing came of it
 */
function attempt(choose, imports) {
  /** @type {Streams} */
  const streams = { imports };
  const boots = { packages: bootPackages, base: bootBase, bytecode: bootBytecode, off: async () => undefined };
  globalThis.addEventListener("unhandledrejection", onGivenUp);
  const begin = async () => {
    const kind = choose();
    tell(kind);
    return boots[kind](streams);
  };
  const interpreter = begin().then(
    (py) => {
      listenNoMore();
      return py;
    },
    (/** @type {any} */ error) => {
      tell("failed");
      forgetProgress();
      console.warn(`preboot: ${error?.message ?? error}. Booting plainly.`);
      return undefined;
    },
  );
  return { streams, interpreter };
}

/**
 * An instance that is given up half-way complains of it, in promises that nobody holds: that is not
 * an error of the app, which boots plainly meanwhile.
 *
 * @param {any} event
 */
function onGivenUp(event) {
  if (!/pyodide\.asm/.test(event.reason?.stack ?? "")) return;
  event.preventDefault();
}

function listenNoMore() {
  globalThis.removeEventListener("unhandledrejection", onGivenUp);
}

/** @param {Kind | "failed"} state */
function tell(state) {
  if (page) page.dataset.preboot = state;
  if (state === "off" && manifest) console.info("preboot: off. Booting plainly.");
  if (state === "bytecode") console.info(`preboot: ${whyNoSnapshot()}. Booting from bytecode.`);
}

function whyNoSnapshot() {
  const snapshot = manifest.snapshots[layout()];
  if (!Object.keys(manifest.snapshots).length) return "no snapshot was made; pyscript vendor says why";
  if (!snapshot) return "no snapshot suits this browser";
  return `the app has a module ${clash(snapshot.base)} of its own, and so has the snapshot`;
}

// ---------------------------------------------------------------- at once

if (isOff()) tellWorkers();
if (page && document.querySelector("script[data-preboot]")) beginEarly();
