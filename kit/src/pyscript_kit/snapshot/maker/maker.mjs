/**
 * Makes, inside a browser, what preboot.mjs boots from: packs of bytecode and sources, and images of
 * Python's memory with and without packages. snapshot/snapshots.py serves this page, gives it its job
 * and takes what it makes.
 *
 * @module
 */

import { deliver } from "./delivery.mjs";
import { makeBase, makePackages } from "./imaging.mjs";
import { fetchMade, unpack } from "./unpacking.mjs";
import { job, post, say } from "./workshop.mjs";

try {
  say(job.made ? "fetching what another browser has compiled" : "compiling the standard library and packages");
  const content = job.made ? await fetchMade() : await unpack();
  say("taking the snapshot of the standard library");
  const base = await makeBase(content);
  const packages = job.packages.length ? await attempt(() => makePackages(content, base)) : undefined;
  say("packing");
  await deliver(content, base, packages);
} catch (error) {
  await post("failed", String(/** @type {any} */ (error)?.stack ?? error) + `\n${/** @type {any} */ (error)?.message}`);
}

/**
 * @template T
 * @param {() => Promise<T>} step
 * @returns {Promise<T | undefined>} undefined, after a warning, when it fails
 */
async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    await post("warning", `no snapshot with packages: ${/** @type {any} */ (error)?.message ?? error}`);
    return undefined;
  }
}
