/**
 * How an engine lays functions out: two kinds are known, and each needs a snapshot of its own. And
 * where Python finds the one function that not every engine has.
 *
 * @module
 */

/**
 * Which of two kinds this engine is of: what a table hands out for a function is the object that the
 * module exports for it, or another one, as in WebKit. Emscripten knows functions by their objects
 * and enters the latter again, so that all that follows is elsewhere.
 *
 * @returns {"same-functions" | "new-functions"}
 */
export function layout() {
  // (module (type (func)) (func (export "f")) (table (export "t") 1 funcref) (elem (i32.const 0) 0))
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[4, 4, 1, 0x70, 0, 1],
    ...[7, 9, 2, 1, 0x66, 0, 0, 1, 0x74, 1, 0],
    ...[9, 7, 1, 0, 0x41, 0, 0x0b, 1, 0],
    ...[0x0a, 4, 1, 2, 0, 0x0b],
  );
  const { f, t } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  return t.get(0) === f ? "same-functions" : "new-functions";
}

/**
 * Where in `HEAP32` the slot of the function is that makes Python's calls fast; 0 there means that
 * the engine has none. Each release of Python has its own name for it.
 *
 * @param {any} module Pyodide's
 * @returns {number | undefined} an index, where this Pyodide knows that function
 */
export function trampolineField(module) {
  const { HEAP32, __PyRuntime: runtime } = module;
  const offset = module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET ?? module.__PyEM_EMSCRIPTEN_COUNT_ARGS_OFFSET;
  return offset && (runtime + HEAP32[offset >> 2]) >> 2;
}
