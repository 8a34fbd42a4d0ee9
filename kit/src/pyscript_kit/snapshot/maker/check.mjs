/**
 * Boots a runtime plainly and from its new snapshots, and insists that the memory is that of the
 * snapshot, byte for byte, once it is laid, and that both compute the same.
 * snapshot/snapshots.py opens this page before it lets a snapshot out.
 *
 * @module
 */

import { loadPyodide as loadPlain } from "./pyodide/pyodide.mjs";
import manifest from "./preboot/manifest.mjs";
import { loadPyodide } from "./preboot/preboot.mjs";
import { layout } from "./layout.mjs";
import { withLaid } from "./ownmemory.mjs";

const job = await (await fetch("./job.json")).json();
const names = job.packages.map((/** @type {{ name: string }} */ { name }) => name);

/** What the loader says where it boots plainly. @type {string[]} */
const said = [];
const { warn } = console;
console.warn = (/** @type {any[]} */ ...words) => {
  if (`${words[0]}`.startsWith("preboot:")) said.push(`${words[0]}`);
  warn(...words);
};

/** @param {any} py */
async function outcome(py) {
  const globals = py.toPy({});
  py.runPython(`NAMES = ${JSON.stringify(job.compared)}\n${job.check}`, { globals });
  return globals.get("outcome");
}

try {
  const { result: preboot, hashes } = await withLaid(() => loadPyodide({ packages: names }));
  const kind = document.documentElement.dataset.preboot;
  if (kind !== job.kind) throw new Error(`The loader says ${kind}, not ${job.kind}. ${said.join(" ")}`);
  for (const [part, hash] of hashes) {
    if (hash !== manifest.snapshots[layout()][part].memory) {
      throw new Error(`The memory of the ${part} is not the snapshot's, byte for byte, when it has been laid`);
    }
  }
  const parts = { bytecode: 0, base: 1, packages: 2 };
  if (hashes.length !== parts[/** @type {keyof typeof parts} */ (kind)]) throw new Error("The memory was not seen");
  const found = await outcome(preboot);
  const plain = await loadPlain();
  await plain.loadPackage(names, { messageCallback() {} });
  const expected = await outcome(plain);
  if (found !== expected) throw new Error(`A snapshot computes ${found}, a plain boot ${expected}`);
  await fetch("./result", { method: "POST", body: "{}" });
} catch (error) {
  await fetch("./failed", { method: "POST", body: String(/** @type {any} */ (error)?.message ?? error) });
}
