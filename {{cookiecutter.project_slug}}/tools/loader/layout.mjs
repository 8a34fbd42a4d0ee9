/**
 * How an engine lays functions out: two kinds are known, and each needs a snapshot of its own.
 *
 * @module
 */

/**
 * Which of two kinds this engine is of: functions that a table hands out are the same object each
 * time, or a new one. Emscripten enters the latter anew, so that all that follows lies elsewhere.
 *
 * @returns {"same-functions" | "new-functions"}
 */
export function layout() {
  // (module (type (func)) (func) (table (export "t") 1 funcref) (elem (i32.const 0) 0))
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[4, 4, 1, 0x70, 0, 1],
    ...[7, 5, 1, 1, 0x74, 1, 0],
    ...[9, 7, 1, 0, 0x41, 0, 0x0b, 1, 0],
    ...[0x0a, 4, 1, 2, 0, 0x0b],
  );
  const { t } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  return t.get(0) === t.get(0) ? "same-functions" : "new-functions";
}
