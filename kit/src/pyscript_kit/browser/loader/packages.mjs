/**
 * Packages that come when a page asks for them: from their packs, which hold bytecode, and not from
 * wheels.
 *
 * @module
 */

import { fetchAhead } from "./beside.mjs";
import { asJSON, bringWithoutNetwork, knownPacks, mountPackage, packOf } from "./contents.mjs";
import { compile, loadLibraries } from "./linking.mjs";
import { manifest, named, packsURL } from "./made.mjs";
import { mount } from "./mounting.mjs";
import { Stalled } from "./patience.mjs";
import { LOCAL } from "./pieces.mjs";
import { run } from "./waking.mjs";

/** @typedef {import("./mounting.mjs").Tree} Tree */

/** Where Pyodide says that its own packages come from. */
export const CHANNEL = "default channel";

/**
 * Have `loadPackage` take the packages of the manifest from their packs, which hold bytecode, and
 * `fetchAhead` make sure that the browser has those that will be needed.
 *
 * @param {any} py
 */
export function offerPrepared(py) {
  const { loadPackage } = py;
  py.fetchAhead = async (/** @type {string[]} */ asked) => {
    const names = closure(asked).filter((name) => !(name in py.loadedPackages));
    if (!names.length) return;
    const { trees, first, packages } = manifest;
    const blobs = [trees.packages, first.blob, ...names.map((name) => packages[name].code)];
    for (const blob of blobs) {
      // Whoever loads a package hears of what does not come.
      if (!packOf(blob).coming) await fetchAhead(blob, packsURL).catch(() => {});
    }
  };
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  py.loadPackage = async (/** @type {any} */ asked, /** @type {any} */ options = {}) => {
    const names = [asked?.toJs?.() ?? asked].flat();
    const installing = last.then(() => install(py, names.map(canonical), options));
    last = installing.catch(() => {});
    let installed;
    try {
      installed = await installing;
    } catch (/** @type {any} */ error) {
      if (error instanceof Stalled) {
        // Nor would wheels come, and nobody would say so.
        options.errorCallback?.(error.message);
        return [];
      }
      console.warn(`preboot: ${error?.message ?? error}. Loading wheels.`);
      installed = [];
    }
    const others = names.filter((name) => !(canonical(name) in py.loadedPackages));
    if (!others.length) return installed;
    await makeWayForWheels(others);
    return [...installed, ...(await loadPackage.call(py, others, options))];
  };
}

/**
 * Pyodide fetches wheels side by side, and does not stop when Python reads what is not here yet. So
 * that is fetched before, for a server with one connection at a time, as `pyscript run` is, and where
 * something went wrong, which Python will read its sources to report.
 *
 * @param {string[]} names
 */
async function makeWayForWheels(names) {
  const { stdlib, packages } = manifest;
  const local = LOCAL.test(packsURL.hostname);
  if (!local && !names.some((name) => named(packages, canonical(name)))) return;
  const missing = local ? knownPacks() : [stdlib.common, stdlib.rest, stdlib.source].map(packOf);
  await Promise.allSettled(missing.map((pack) => pack.fetchAside()));
}

/**
 * Have an interpreter know the packages of another lock as well as those of its own.
 *
 * @param {any} py
 * @param {any} contents a lock, its text, or the promise of one
 */
export async function learn(py, contents) {
  const given = await contents;
  if (!given) return;
  const { packages } = typeof given === "string" ? JSON.parse(given) : given;
  const known = py.lockfile.packages;
  for (const [name, entry] of Object.entries(packages)) {
    if (!Object.hasOwn(known, name)) known[name] = entry;
  }
}

/**
 * @param {any} py
 * @param {string[]} asked
 * @param {{ messageCallback?: (message: string) => void }} options without one, Python's output has the
 *     messages, which are Pyodide's
 */
async function install(py, asked, { messageCallback: tell = (message) => run(py, "print(message)", { message }) }) {
  const needed = closure(asked);
  const names = needed.filter((name) => !(name in py.loadedPackages));
  for (const name of needed) {
    if (!names.includes(name)) tell(`${name} already loaded from ${py.loadedPackages[name]}`);
  }
  if (!names.length) {
    if (asked.every((name) => needed.includes(name))) tell("No new packages to load");
    return [];
  }
  const listed = [...names].sort().join(", ");
  tell(`Loading ${listed}`);
  const first = packOf(manifest.first.blob);
  const parts = names.map((name) => packOf(manifest.packages[name].code));
  const trees = asJSON(await packOf(manifest.trees.packages).fetchAside());
  await Promise.all([first, ...parts].map((pack) => pack.fetchAside()));
  await bringWithoutNetwork(names);
  for (const name of names) mountPackage(py.FS, name, trees[name]);
  /** @type {[path: string, size: number, name: string][]} */
  const tree = manifest.first.tree;
  const own = new Set(tree.filter(([, , name]) => names.includes(name)).map(([path]) => path));
  mount(py.FS, /** @type {any} */ (tree), first, { only: (path) => own.has(path) });

  const libraries = names.flatMap((name) => trees[name].libraries);
  const compiled = await Promise.all([
    compileSome(first.now(py.FS), /** @type {any} */ (tree), libraries),
    ...names.map((name, index) => compileSome(parts[index].now(py.FS), trees[name].code, libraries)),
  ]);
  await loadLibraries(py, libraries, new Map(compiled.flatMap((modules) => [...modules])));
  run(py, "import importlib; importlib.invalidate_caches()");
  for (const name of names) py.loadedPackages[name] = CHANNEL;
  tell(`Loaded ${listed}`);
  return names.map((name) => {
    const { version: release, file_name: fileName } = manifest.packages[name];
    return { name, version: release, fileName, packageType: "package" };
  });
}

/** @param {string[]} names @returns {string[]} those prepared, each after what it depends on */
function closure(names) {
  /** @type {Set<string>} */
  const needed = new Set();
  const add = (/** @type {string} */ name) => {
    if (!Object.hasOwn(manifest.packages, name) || needed.has(name)) return;
    needed.add(name);
    manifest.packages[name].depends.forEach(add);
  };
  names.forEach(add);
  return manifest.order.filter((/** @type {string} */ name) => needed.has(name));
}

/** @param {string} name */
export function canonical(name) {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * Compile libraries among a pack's files.
 *
 * @param {Uint8Array} bytes
 * @param {Tree} tree
 * @param {string[]} wanted paths, of which the pack may hold some
 */
export function compileSome(bytes, tree, wanted) {
  let end = 0;
  const files = tree.map(([path, size]) => {
    end += size;
    return /** @type {[string, Uint8Array]} */ ([path, bytes.subarray(end - size, end)]);
  });
  return compile(files.filter(([path]) => wanted.includes(path)));
}
