/**
 * Asks for Pyodide's WebAssembly with the page, before the loader itself is there. By `fetch` and not by
 * `<link rel="preload">`: browsers keep the machine code of the one for the next visit, and not of the other.
 *
 * @module
 */

const address = new URL("../pyodide/pyodide.asm.wasm", import.meta.url).href;

/** @type {Promise<Response> | undefined} */
let coming;
if (globalThis.document) {
  // A document with a page that was kept has asked for it already.
  const { coming: asked, engine } = /** @type {any} */ (globalThis).prerendered ?? {};
  const isAsked = asked && new URL(engine, document.baseURI).href === address;
  coming = isAsked ? asked : fetch(address, { credentials: "same-origin" });
  // Whoever takes it hears of it.
  coming.catch(() => {});
}

/**
 * Work in which the first `fetch` for Pyodide's WebAssembly gets what was asked for with the page.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withAhead(work) {
  const { fetch } = globalThis;
  /** @type {typeof fetch} */
  const own = (input, options) => {
    const taken = String(input) === address ? coming : undefined;
    if (taken) coming = undefined;
    return taken ?? fetch(input, options);
  };
  globalThis.fetch = own;
  try {
    return await work();
  } finally {
    if (globalThis.fetch === own) globalThis.fetch = fetch;
  }
}
