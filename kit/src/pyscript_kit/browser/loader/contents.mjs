/**
 * The packs that the manifest names, and whose files each holds.
 *
 * @module
 */

import { app, manifest, packsURL, page } from "./made.mjs";
import { moduleAt, mount } from "./mounting.mjs";
import { Pack } from "./packs.mjs";
import { count } from "./progress.mjs";

/** @typedef {import("./pieces.mjs").Blob} Blob */
/** @typedef {import("./mounting.mjs").Tree} Tree */

/** @type {Map<string, Pack>} */
const packs = new Map();

/** @param {Blob} blob */
export function packOf(blob) {
  const [{ file }] = blob;
  let pack = packs.get(file);
  if (!pack) packs.set(file, (pack = new Pack(blob, packsURL)));
  return pack;
}

/** @param {any} FS @param {Record<string, Tree>} trees of the standard library, by its parts */
export function mountStandard(FS, trees) {
  for (const [part, tree] of Object.entries(trees)) mount(FS, tree, packOf(manifest.stdlib[part]));
}

/**
 * The parts of the standard library that Python will read when it imports some modules.
 *
 * @param {Record<string, Tree>} trees by part
 * @param {string[]} names of modules, or of what is in them
 * @param {string[]} held those of them that a snapshot has imported
 * @returns {Pack[]}
 */
export function packsOfImports(trees, names, held) {
  const { common, rest } = manifest.stdlib;
  const missing = new Set(names.filter((name) => !held.includes(name)));
  const has = (/** @type {Tree} */ tree) => tree.some(([path]) => missing.has(moduleAt(path)));
  // What is rarely imported imports in its turn what is imported often.
  if (has(trees.rest)) return [packOf(common), packOf(rest)];
  return has(trees.common) ? [packOf(common)] : [];
}

/**
 * Once the page stands, bring what apps commonly import and no snapshot holds: whoever imports it later, as
 * in a REPL, need not wait for it.
 */
export function bringCommonLater() {
  if (!page) return;
  addEventListener("app:ready", () => void packOf(manifest.stdlib.common).fetchAhead().catch(() => {}), { once: true });
}

/** All that anybody has asked for so far. */
export const knownPacks = () => [...packs.values()];

/** @param {Uint8Array} bytes */
export const asJSON = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** Fetch the app's own modules, for a worker as for the page: it may import them as well. */
export async function fetchApp() {
  if (app) await packOf(app.blob).fetch(count);
}

/** @param {any} FS */
export function mountApp(FS) {
  if (app) mount(FS, app.tree, packOf(app.blob));
}

/** @param {any} FS @param {string} name @param {{ code: Tree, source: Tree }} tree */
export function mountPackage(FS, name, tree) {
  const { code, source } = manifest.packages[name];
  mount(FS, tree.code, packOf(code));
  mount(FS, tree.source, packOf(source));
}

/**
 * Without a network, fetch ahead the files that are read on demand, such as modules that no snapshot holds
 * and the fonts of formulas. A page that waits while Python reads asks the network alone, past the service
 * worker, which has them.
 *
 * @param {string[]} names of packages
 */
export async function bringWithoutNetwork(names) {
  if (globalThis.navigator?.onLine !== false) return;
  const { stdlib, packages } = manifest;
  const blobs = names.flatMap((name) => [packages[name].code, packages[name].source]);
  await Promise.allSettled([stdlib.common, stdlib.rest, ...blobs].map((blob) => packOf(blob).fetchAside()));
}
