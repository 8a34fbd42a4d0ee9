/**
 * Boots Pyodide: from bytecode, from the memory of the standard library, or from that of the packages.
 *
 * @module
 */

import { asJSON, bringWithoutNetwork, fetchApp, mountApp, mountPackage, packOf } from "./contents.mjs";
import { loadAlone } from "./hearing.mjs";
import { headFrom, withoutMemory } from "./laying.mjs";
import { layout } from "./layout.mjs";
import { indexURL, manifest, packsURL } from "./made.mjs";
import { lay, lengthOf } from "./memory.mjs";
import { mount } from "./mounting.mjs";
import { CHANNEL, compile, offerPrepared, withCompiled } from "./packages.mjs";
import { fetchPieces } from "./pieces.mjs";
import { count, expect, mark } from "./progress.mjs";
import { restore, setTrampoline, wake } from "./waking.mjs";

/** @typedef {{ stdout?: (line: string) => void, stderr?: (line: string) => void }} Streams */

/** @param {Streams} streams */
export async function bootBytecode(streams) {
  mark("start");
  const { trees, stdlib, pyscript } = manifest;
  expect([trees.stdlib, stdlib.code, pyscript.blob]);
  const py = await load(streams, { needed: packOf(stdlib.code).fetch(count) });
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
  const py = await fromBase(streams, base, fetchPieces(base.image, packsURL, count));
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
  const coming = fetchPieces(base.image, packsURL, count);
  const booting = fromBase(streams, base, coming);
  const paths = packages.libraries.map(([path]) => path);
  const files = packOf(first.blob);
  const compiling = files.fetch(count).then((bytes) => compile(bytes, first.tree, paths));
  // Wanted last: what comes at once comes slowly, and Python boots meanwhile.
  const fetching = coming.then(() => fetchPieces(packages.image, packsURL, count));
  const planting = packOf(trees.packages).fetch(count).then(asJSON);
  // Awaited one after the other; what fails meanwhile is to be said there.
  for (const promise of [compiling, fetching, planting]) promise.catch(() => {});

  const py = await booting;
  mark("booted");
  const tree = await planting;
  for (const name of packages.names) mountPackage(py.FS, name, tree[name]);
  const compiled = await compiling;
  mount(py.FS, first.tree, files);
  const { wasmTable } = py._module;
  await withCompiled(py.FS, compiled, async () => {
    for (const [path, length] of packages.libraries) {
      await py._api.loadDynlib(path, false, []);
      if (wasmTable.length !== length) throw new Error(`${path} lies elsewhere than in the snapshot`);
    }
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
 * @param {Promise<Uint8Array[]>} coming its image
 */
async function fromBase(streams, base, coming) {
  /** @type {Uint8Array[] | undefined} */
  let image;
  const head = headFrom(base.head);
  const arriving = coming.then((pieces) => {
    if (lengthOf(pieces) + head.byteLength !== base.length) throw new Error("the memory has another length");
    image = pieces;
    mark("fetched");
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
  const py = await load(streams, { _loadSnapshot: snapshot, needed: arriving, onMemory });
  if (!laid) throw new Error("Pyodide has not asked for the memory");
  const { _module: module } = py;
  const missing = base.table - module.wasmTable.length;
  // Without a trampoline for calls, the table is one slot shorter, and the last one stays empty.
  if (missing === 1 && base.trampoline) module.wasmTable.grow(1);
  else if (missing) throw new Error("this browser lays functions out otherwise than the snapshot");
  setTrampoline(module, base);
  return py;
}

/**
 * @param {Streams} streams
 * @param {any} options for Pyodide; `needed`, which is to have come before it goes by the snapshot;
 *     and `onMemory`, called with its memory
 */
async function load(streams, { needed, onMemory, ...options }) {
  const { trees, stdlib, pyscript } = manifest;
  const stdlibTree = packOf(trees.stdlib).fetch(count).then(asJSON);
  const files = Promise.all([stdlibTree, packOf(pyscript.blob).fetch(count), fetchApp()]);
  /** @type {(error: unknown) => void} */
  let giveUp = () => {};
  /** @type {Promise<never>} */
  const givenUp = new Promise((_, reject) => {
    giveUp = reject;
  });
  for (const promise of [files, needed]) promise.catch(giveUp);
  const own = {
    indexURL,
    stdLibURL: new URL("no-stdlib.zip", packsURL).href,
    fsInit: async (/** @type {any} */ FS) => {
      try {
        const [tree] = await files;
        mount(FS, tree.code, packOf(stdlib.code));
        mount(FS, tree.source, packOf(stdlib.source));
        mount(FS, pyscript.tree, packOf(pyscript.blob));
        mountApp(FS);
        await needed;
      } catch (error) {
        giveUp(error);
        // An instance that lacks something waits for ever.
        await new Promise(() => {});
      }
    },
    stdout: (/** @type {string} */ line) => (streams.stdout ?? console.log)(line),
    stderr: (/** @type {string} */ line) => (streams.stderr ?? console.warn)(line),
    ...options,
  };
  const loading = loadAlone(own, onMemory);
  loading.catch(() => {});
  return Promise.race([loading, givenUp]);
}
