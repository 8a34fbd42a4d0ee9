/**
 * Boots a runtime plainly and from its new snapshots, and insists that both compute the same.
 * snapshot/snapshots.py opens this page before it lets a snapshot out.
 *
 * @module
 */

import { loadPyodide as loadPlain } from "./pyodide/pyodide.mjs";
import { loadPyodide } from "./preboot/preboot.mjs";

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
  py.runPython(job.check, { globals });
  return globals.get("outcome");
}

try {
  const preboot = await loadPyodide({ packages: names });
  const kind = document.documentElement.dataset.preboot;
  if (kind !== job.kind) throw new Error(`The loader says ${kind}, not ${job.kind}. ${said.join(" ")}`);
  const found = await outcome(preboot);
  const plain = await loadPlain();
  await plain.loadPackage(names, { messageCallback() {} });
  const expected = await outcome(plain);
  if (found !== expected) throw new Error(`A snapshot computes ${found}, a plain boot ${expected}`);
  await fetch("./result", { method: "POST", body: "{}" });
} catch (error) {
  await fetch("./failed", { method: "POST", body: String(/** @type {any} */ (error)?.message ?? error) });
}
