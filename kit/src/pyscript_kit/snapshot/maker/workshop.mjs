/**
 * The server that gives this page its job and takes what it makes: snapshot/workshop.py.
 *
 * @module
 */

/** What to make. */
export const job = await (await fetch("./job.json")).json();

/**
 * @param {string} name
 * @param {Uint8Array[]} pieces
 * @returns {Promise<string>} its name, for the result
 */
export async function blob(name, pieces) {
  const body = new Blob(/** @type {any} */ (pieces));
  const response = await fetch(`./blob?name=${encodeURIComponent(name)}`, { method: "POST", body });
  if (!response.ok) throw new Error(`${name} was not taken: ${response.status}`);
  return name;
}

/** @param {string} where @param {string} text */
export async function post(where, text) {
  await fetch(`./${where}`, { method: "POST", body: text });
}

/** @param {string} step */
export function say(step) {
  void post("step", step);
}
