/**
 * Packs what was made into blobs, and hands them over with what the manifest says of them.
 *
 * @module
 */

import { headOf } from "./booting.mjs";
import { layout } from "./layout.mjs";
import { moduleAt } from "./mounting.mjs";
import { joined } from "./pieces.mjs";
import { blob, job, post } from "./workshop.mjs";

/** @param {any} content @param {any} base @param {any} packages */
export async function deliver(content, base, packages) {
  const result = {
    ...(job.made ? {} : await deliverContent(content, base, packages?.touched ?? new Set())),
    layout: layout(),
    base: {
      image: await blob(`memory-${layout()}`, [base.image]),
      head: btoa(String.fromCharCode(...base.snapshot.subarray(0, headOf(base.snapshot)))),
      length: base.snapshot.length,
      memory: base.memory,
      table: base.table,
      trampoline: base.trampoline,
      modules: base.modules,
    },
    held: packages?.image && {
      image: await blob(`memory-packages-${layout()}`, [packages.image]),
      memory: packages.memory,
      libraries: packages.libraries,
      modules: packages.modules,
      standard: packages.standard,
    },
    left_out: packages?.leftOut ?? [],
  };
  await post("result", JSON.stringify(result));
}

/**
 * @param {any} content
 * @param {any} base
 * @param {Set<string>} touched files that come first, in a pack of their own
 */
async function deliverContent({ stdlib, pyscript, packages }, base, touched) {
  /** @type {[path: string, size: number, name: string][]} */
  const first = [];
  const firstBytes = [];
  /** @type {Record<string, any>} */
  const trees = {};
  /** @type {Record<string, any>} */
  const blobs = {};
  for (const [name, { code, source, libraries }] of packages) {
    const tree = [];
    const rest = [];
    let start = 0;
    for (const [path, size] of code.tree) {
      const bytes = code.bytes.subarray(start, start + size);
      start += size;
      if (touched.has(path)) {
        first.push([path, size, name]);
        firstBytes.push(bytes);
      } else {
        tree.push([path, size]);
        rest.push(bytes);
      }
    }
    trees[name] = { code: tree, source: source.tree, libraries };
    blobs[name] = {
      code: await blob(`${name}-code`, rest),
      source: await blob(`${name}-source`, [source.bytes]),
    };
  }
  const standard = { ...sorted(stdlib.code, base), source: stdlib.source };
  /** @type {Record<string, string>} */
  const ofStandard = {};
  for (const [part, { bytes }] of Object.entries(standard)) {
    ofStandard[part] = await blob(`standard-library-${part}`, [bytes]);
  }
  return {
    stdlib: ofStandard,
    packages: blobs,
    pyscript: { blob: await blob("pyscript", [pyscript.bytes]), tree: pyscript.tree },
    first: { blob: await blob("first", firstBytes), tree: first },
    trees: {
      stdlib: await blob("standard-library-tree", [
        json(Object.fromEntries(Object.entries(standard).map(([part, { tree }]) => [part, tree]))),
      ]),
      packages: await blob("packages-tree", [json(trees)]),
    },
  };
}

/**
 * The bytecode of the standard library by when it is read: what the base has imported, by boots without one
 * alone; what apps commonly import; and the rest.
 *
 * @param {import("./unpacking.mjs").Content} code
 * @param {{ held: Set<string>, common: Set<string> }} base names of modules
 * @returns {Record<"start" | "common" | "rest", import("./unpacking.mjs").Content>}
 */
function sorted(code, { held, common }) {
  const parts = { start: split(), common: split(), rest: split() };
  let start = 0;
  for (const [path, size] of code.tree) {
    const name = moduleAt(path);
    const part = held.has(name) ? parts.start : common.has(name) ? parts.common : parts.rest;
    part.tree.push([path, size]);
    part.pieces.push(code.bytes.subarray(start, start + size));
    start += size;
  }
  const whole = (/** @type {ReturnType<typeof split>} */ { tree, pieces }) => ({ tree, bytes: joined(pieces) });
  return { start: whole(parts.start), common: whole(parts.common), rest: whole(parts.rest) };
}

const split = () => ({
  /** @type {import("./mounting.mjs").Tree} */
  tree: [],
  /** @type {Uint8Array[]} */
  pieces: [],
});

/** @param {unknown} value */
const json = (value) => new TextEncoder().encode(JSON.stringify(value));
