/**
 * Hears of the memory that an instance of Pyodide has, while it is being loaded.
 *
 * @module
 */


/**
 * @template T
 * @param {(memoryNow: () => Uint8Array) => Promise<T>} work that loads Pyodide, and may ask for the
 *     bytes of its memory, as long as they are at that moment
 * @returns {Promise<T>}
 */
export async function withMemory(work) {
  const { instantiateStreaming } = WebAssembly;
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const made = await instantiateStreaming.call(WebAssembly, source, imports);
    // Some releases make their memory themselves, others bring it along. Libraries share it.
    memory ??= /** @type {any} */ (imports)?.env?.memory ?? made.instance.exports.memory;
    return made;
  };
  try {
    return await work(() => new Uint8Array(/** @type {WebAssembly.Memory} */ (memory).buffer));
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/**
 * As `withMemory`, for the loader's work: with a hash of the whole memory at each moment when an image
 * has been laid over it.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<{ result: T, hashes: [part: string, sha256: string][] }>}
 */
export async function withLaid(work) {
  const { mark } = performance;
  /** @type {[part: string, sha256: Promise<string>][]} */
  const coming = [];
  try {
    const result = await withMemory((memoryNow) => {
      performance.mark = (name, ...more) => {
        const [, part] = name.match(/^preboot:(.*)-laid$/) ?? [];
        if (part) coming.push([part, hashOf(memoryNow().slice())]);
        return mark.call(performance, name, ...more);
      };
      return work();
    });
    const hashes = coming.map(async ([part, hash]) => /** @type {[string, string]} */ ([part, await hash]));
    return { result, hashes: await Promise.all(hashes) };
  } finally {
    performance.mark = mark;
  }
}

/**
 * The hash of a memory up to its last byte that is not zero: how much room there is after it may differ.
 *
 * @param {Uint8Array} memory
 */
export async function hashOf(memory) {
  let end = memory.length;
  while (end && !memory[end - 1]) end--;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {any} */ (memory.subarray(0, end))));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
