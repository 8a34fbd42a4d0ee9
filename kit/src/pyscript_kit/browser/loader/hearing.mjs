/**
 * Loads Pyodide, and hears of what it keeps to itself: that the browser has refused its WebAssembly,
 * and which memory is its own.
 *
 * @module
 */

import * as pyodide from "../pyodide/pyodide.mjs";
import { withAhead } from "./ahead.mjs";
import { indexURL, page } from "./made.mjs";
import { whenNotBlocked } from "./packs.mjs";

/**
 * Load Pyodide. It asks for shared memory that it could wait on in a worker and not in a page; in one
 * that is not isolated from others, browsers warn that they will refuse it some day.
 *
 * @param {any} options
 * @param {(memory: WebAssembly.Memory) => void} [onMemory]
 */
export async function loadAlone(options, onMemory) {
  if (!page || globalThis.crossOriginIsolated) return loadHeard(options, onMemory);
  const { Memory } = WebAssembly;
  WebAssembly.Memory = new Proxy(Memory, {
    construct: (target, [descriptor]) => new target({ ...descriptor, shared: false }),
  });
  try {
    return await loadHeard(options, onMemory);
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/**
 * Load Pyodide, and hear of it when the browser refuses its WebAssembly: Pyodide only logs that, and
 * waits forever. It may have been spoilt in a cache, so it is asked for once more, past all of them.
 * What Pyodide does about objects that JavaScript has let go of waits until Python is not reading.
 *
 * @param {any} options
 * @param {(memory: WebAssembly.Memory) => void} [onMemory] called with its memory
 */
async function loadHeard(options, onMemory) {
  const { instantiateStreaming } = WebAssembly;
  const { FinalizationRegistry: Registry } = globalThis;
  globalThis.FinalizationRegistry = /** @type {any} */ (
    function (/** @type {(held: unknown) => void} */ cleanup) {
      return new Registry(whenNotBlocked(cleanup));
    }
  );
  /** @type {Promise<never>} */
  const refused = new Promise((_, reject) => {
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const compile = (/** @type {typeof source} */ from) =>
        instantiateStreaming.call(WebAssembly, from, imports);
      const fresh = () => fetch(new URL("pyodide.asm.wasm", indexURL), { cache: "reload" });
      try {
        const made = await compile(source).catch(() => compile(fresh()));
        // Some releases make their memory themselves, others bring it along.
        const memory = /** @type {any} */ (imports)?.env?.memory ?? made.instance.exports.memory;
        onMemory?.(memory);
        return made;
      } catch (error) {
        reject(error);
        throw error;
      }
    };
  });
  try {
    return await Promise.race([withAhead(() => pyodide.loadPyodide(options)), refused]);
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
    globalThis.FinalizationRegistry = Registry;
  }
}
