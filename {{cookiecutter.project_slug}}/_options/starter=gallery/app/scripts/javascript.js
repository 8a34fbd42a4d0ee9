/**
 * What JavaScript has for the page "JavaScript from Python": samples to hand over, the name of a
 * type as JavaScript sees it, and functions that work on what Python lends.
 */

/**
 * @param {any} value
 * @returns {string} such as "number", "Float64Array", "Array of number", "PyProxy of dict"
 */
export function typeOf(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object" && typeof value !== "function") return typeof value;
  const name = value.constructor.name;
  if (name === "PyProxy") return `PyProxy of ${value.type}`;
  return Array.isArray(value) && value.length ? `Array of ${typeOf(value[0])}` : name;
}

/** Each sample, its source as it is here, and its type. */
export const samples = [
  () => true,
  () => 42,
  () => 0.5,
  () => 2n ** 70n,
  () => "Fe",
  () => undefined,
  () => null,
  () => [1, 2],
  () => ({ mu: 0 }),
  () => new Map([["mu", 0]]),
  () => new Set([1, 2]),
  () => new Float64Array([0.5, 1]),
  () => new ArrayBuffer(8),
  () => new Date(0),
  () => new RangeError("too far"),
  () => Promise.resolve(42),
  () => Math.hypot,
].map((make) => ({ make, source: String(make).slice("() => ".length), type: typeOf(make()) }));

/** @param {Float64Array} values doubled in place */
export function double(values) {
  values.forEach((value, index) => {
    values[index] = 2 * value;
  });
}

/** A promise that is rejected with a text instead of an Error, as the language allows. */
export const refuse = () => Promise.reject("the sample is out of range");
