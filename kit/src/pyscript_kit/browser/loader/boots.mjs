/**
 * Boots Pyodide: from bytecode, from the memory of the standard library, or from that of the packages.
 *
 * @module
 */

import {
  asJSON,
  bringWithoutNetwork,
  fetchApp,
  mountApp,
  mountPackage,
  mountStandard,
  packOf,
  packsOfImports,
} from "./contents.mjs";
import { loadAlone } from "./hearing.mjs";
import { headFrom, withoutMemory } from "./laying.mjs";
import { layout } from "./layout.mjs";
import { loadLibraries } from "./linking.mjs";
import { indexURL, manifest, packsURL, page } from "./made.mjs";
import { lay, lengthOf } from "./memory.mjs";
import { mount } from "./mounting.mjs";
import { CHANNEL, compileSome, offerPrepared } from "./packages.mjs";
import { fetchPieces } from "./pieces.mjs";
import { count, expect, expectMore, mark } from "./progress.mjs";
import { restore, setTrampoline, wake } from "./waking.mjs";

/**
 * Whom Python's output goes to; and `imports`, the modules of the standard library that the page is known
 * to import.
 *
 * @typedef {{ stdout?: (line: string) => void, stderr?: (line: string) => void, imports: string[] }} Streams
 */

/** @param {Streams} streams */
export async function bootBytecode(streams) {
  mark("start");
  const { trees, stdlib, pyscript } = manifest;
  const code = [stdlib.start, stdlib.common];
  expect([trees.stdlib, ...code, pyscript.blob]);
  const needed = Promise.all(code.map((blob) => packOf(blob).fetch(count)));
  const py = await load(streams, { needed });
  mark("booted");
  offerPrepared(py);
  return py;
}

/** @param {Streams} streams */
export async function bootBase(streams) {
  mark("start");
  const { base } = manifest.snapshots[layout()];
  const { trees, pyscript } = manifest;
  expect([base.image, trees.stdlib, pyscript.blob]);
  const py = await fromBase(streams, base);
  mark("booted");
  await bringWithoutNetwork([]);
  wake(py);
  offerPrepared(py);
  return py;
}

/** @param {Streams} streams */
export async function bootPackages(streams) {
  mark("start");
  const { base, packages } = manifest.snapshots[layout()];
  const { trees, first, pyscript } = manifest;
  expect([base.image, packages.image, first.blob, trees.stdlib, trees.packages, pyscript.blob]);
  let onFetched = () => {};
  /** @type {Promise<void>} */
  const fetched = new Promise((resolve) => {
    onFetched = resolve;
  });
  const booting = fromBase(streams, base, packages.standard, onFetched);
  const paths = packages.libraries.map(([path]) => path);
  const files = packOf(first.blob);
  const compiling = files.fetch(count).then((bytes) => compileSome(bytes, first.tree, paths));
  // Wanted last: what comes at once comes slowly, and Python boots meanwhile.
  const fetching = fetched.then(() => fetchPieces(packages.image, packsURL, count));
  const planting = packOf(trees.packages).fetch(count).then(asJSON);
  // Awaited one after the other; what fails meanwhile is reported there.
  for (const promise of [compiling, fetching, planting]) promise.catch(() => {});

  const py = await booting;
  mark("booted");
  const tree = await planting;
  for (const name of packages.names) mountPackage(py.FS, name, tree[name]);
  const compiled = await compiling;
  mount(py.FS, first.tree, files);
  const lengths = new Map(packages.libraries);
  await loadLibraries(py, paths, compiled, (path) => {
    const { length } = py._module.wasmTable;
    if (length !== lengths.get(path)) throw new Error(`${path} is not where the snapshot has it`);
  });
  mark("libraries");
  restore(py._module, await fetching);
  mark("packages-laid");
  await bringWithoutNetwork(packages.names);
  setTrampoline(py._module, base);
  for (const name of packages.names) py.loadedPackages[name] = CHANNEL;
  wake(py);
  offerPrepared(py);
  mark("restored");
  return py;
}

/**
 * Pyodide is given the snapshot before its memory is there, and reads that last of all: so it compiles
 * and links itself meanwhile.
 *
 * @param {Streams} streams
 * @param {any} base
 * @param {string[]} [held] modules that the base has not imported, and the packages have
 * @param {() => void} [onFetched] called when its image is there
 */
async function fromBase(streams, base, held = [], onFetched = () => {}) {
  /** @type {Uint8Array[] | undefined} */
  let image;
  const head = headFrom(base.head);
  // At once, beside Pyodide's WebAssembly: a line that waits while Pyodide links itself is time lost.
  const arriving = fetchPieces(base.image, packsURL, count).then((pieces) => {
    if (lengthOf(pieces) + head.byteLength !== base.length) throw new Error("the memory has another length");
    image = pieces;
    mark("fetched");
    onFetched();
  });
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  let laid = false;
  const snapshot = withoutMemory(head, base.length, () => {
    lay(/** @type {Uint8Array[]} */ (image), new Uint8Array(/** @type {WebAssembly.Memory} */ (memory).buffer));
    laid = true;
    mark("base-laid");
  });
  const onMemory = (/** @type {WebAssembly.Memory} */ its) => {
    memory = its;
  };
  const py = await load(streams, { _loadSnapshot: snapshot, needed: arriving, onMemory, held });
  if (!laid) throw new Error("Pyodide has not asked for the memory");
  const { _module: module } = py;
  const missing = base.table - module.wasmTable.length;
  // Without a trampoline for calls, the table is one slot shorter, and the last one stays empty.
  if (missing === 1 && base.trampoline) module.wasmTable.grow(1);
  else if (missing) throw new Error("this browser has another layout of functions than the snapshot");
  setTrampoline(module, base);
  return py;
}

/**
 * @param {Streams} streams
 * @param {any} options for Pyodide; `needed`, which is to have come before it goes by the snapshot;
 *     `onMemory`, called with its memory; and `held`, modules that need not come
 */
async function load(streams, { needed, onMemory, held = [], ...options }) {
  const { trees, pyscript } = manifest;
  const stdlibTree = packOf(trees.stdlib).fetch(count).then(asJSON);
  const files = Promise.all([stdlibTree, packOf(pyscript.blob).fetch(count), fetchApp()]);
  // Of a worker nobody knows what it imports; the page's browser has mostly fetched this already.
  const imported = stdlibTree.then((trees) =>
    bringImported(page ? packsOfImports(trees, streams.imports, held) : [packOf(manifest.stdlib.common)]),
  );
  /** @type {(error: unknown) => void} */
  let giveUp = () => {};
  /** @type {Promise<never>} */
  const givenUp = new Promise((_, reject) => {
    giveUp = reject;
  });
  for (const promise of [files, needed, imported]) promise.catch(giveUp);
  const own = {
    indexURL,
    stdLibURL: new URL("no-stdlib.zip", packsURL).href,
    fsInit: async (/** @type {any} */ FS) => {
      try {
        const [tree] = await files;
        mountStandard(FS, tree);
        mount(FS, pyscript.tree, packOf(pyscript.blob));
        mountApp(FS);
        await needed;
      } catch (error) {
        giveUp(error);
        // An instance that lacks something waits forever.
        await new Promise(() => {});
      }
    },
    stdout: (/** @type {string} */ line) => (streams.stdout ?? console.log)(line),
    stderr: (/** @type {string} */ line) => (streams.stderr ?? console.warn)(line),
    ...options,
  };
  const loading = loadAlone(own, onMemory);
  loading.catch(() => {});
  const py = await Promise.race([loading, givenUp]);
  await imported;
  return py;
}

/**
 * Bring what the page is known to import before it does: else Python would wait for it then and there.
 *
 * @param {import("./packs.mjs").Pack[]} packs
 */
async function bringImported(packs) {
  expectMore(packs.map(({ blob }) => blob));
  // Whoever imports it hears of what does not come.
  await Promise.allSettled(packs.map((pack) => pack.fetch(count)));
}
