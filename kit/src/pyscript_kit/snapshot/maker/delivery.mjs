/**
 * Packs what was made into blobs, and hands them over with what the manifest says of them.
 *
 * @module
 */

import { headOf } from "./booting.mjs";
import { layout } from "./layout.mjs";
import { blob, job, post } from "./workshop.mjs";

/** @param {any} content @param {any} base @param {any} packages */
export async function deliver(content, base, packages) {
  const result = {
    ...(job.made ? {} : await deliverContent(content, packages?.touched ?? new Set())),
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
    },
    left_out: packages?.leftOut ?? [],
  };
  await post("result", JSON.stringify(result));
}

/**
 * @param {any} content
 * @param {Set<string>} touched files that come first, in a pack of their own
 */
async function deliverContent({ stdlib, pyscript, packages }, touched) {
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
  return {
    stdlib: {
      code: await blob("standard-library-code", [stdlib.code.bytes]),
      source: await blob("standard-library-source", [stdlib.source.bytes]),
    },
    packages: blobs,
    pyscript: { blob: await blob("pyscript", [pyscript.bytes]), tree: pyscript.tree },
    first: { blob: await blob("first", firstBytes), tree: first },
    trees: {
      stdlib: await blob("standard-library-tree", [
        json({ code: stdlib.code.tree, source: stdlib.source.tree }),
      ]),
      packages: await blob("packages-tree", [json(trees)]),
    },
  };
}

/** @param {unknown} value */
const json = (value) => new TextEncoder().encode(JSON.stringify(value));
