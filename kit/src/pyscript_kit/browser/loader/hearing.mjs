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

/** No module of use is as small, in bytes, but for Emscripten's wrappers of one function. */
const WRAPPER = 64;

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
      const fresh = () => fetch(new URL("pyodide.asm.wasm", indexURL), { cache: "reload" });
      try {
        const made = await instantiated(source).catch(() => instantiated(fresh()));
        // Some releases make their memory themselves, others bring it along.
        const memory = /** @type {any} */ (imports)?.env?.memory ?? made.instance.exports.memory;
        onMemory?.(memory);
        return made;
      } catch (error) {
        reject(error);
        throw error;
      }

      /** @param {any} from what comes, compiled or not */
      async function instantiated(from) {
        const module = await from;
        if (!(module instanceof WebAssembly.Module)) return instantiateStreaming.call(WebAssembly, module, imports);
        return { module, instance: await WebAssembly.instantiate(module, imports) };
      }
    };
  });
  const noLongerShare = shareWrappers();
  try {
    return await Promise.race([withAhead(() => pyodide.loadPyodide(options)), refused]);
  } finally {
    noLongerShare();
    WebAssembly.instantiateStreaming = instantiateStreaming;
    globalThis.FinalizationRegistry = Registry;
  }
}

/**
 * Emscripten makes a module for each of two hundred functions of JavaScript, to put them into its table. It
 * depends on their types alone: have one made for each of those.
 *
 * @returns {() => void} to have modules made as ever
 */
function shareWrappers() {
  const { Module } = WebAssembly;
  /** @type {Map<string, WebAssembly.Module>} */
  const made = new Map();
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [bytes]) {
      if (!(bytes.length <= WRAPPER)) return new target(bytes);
      const key = bytes.join();
      const module = made.get(key) ?? new target(bytes);
      made.set(key, module);
      return module;
    },
  });
  return () => {
    WebAssembly.Module = Module;
  };
}
