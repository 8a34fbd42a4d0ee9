/**
 * What was made for this runtime, as its manifest tells, and where it lies.
 *
 * @module
 */

import * as given from "./manifest.mjs";

/** What the loader boots from, and in a site the app's own modules. */
export const { default: manifest, app } = /** @type {any} */ (given);

export const here = new URL("./", import.meta.url);
/** Where what it boots from lies; in a site, apart from this module. */
export const packsURL = new URL(app?.packs ?? "./", here);
export const indexURL = new URL("../pyodide/", here).href;
/** None in a worker. */
export const page = globalThis.document?.documentElement;

/**
 * What a table has under a name that comes from outside: every object has a "constructor".
 *
 * @param {any} table @param {string} name
 */
export function named(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
