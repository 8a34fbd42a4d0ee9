/**
 * SHA-256 for a reader that cannot wait, and hashes as the manifest has them.
 *
 * @module
 */

const PRIMES = [2];
for (let next = 3; PRIMES.length < 64; next++) if (PRIMES.every((prime) => next % prime)) PRIMES.push(next);
/** @param {number} root */
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;

/**
 * SHA-256 as FIPS 180-4 has it, for a reader that cannot wait: the browser's own only answers later.
 *
 * @param {Uint8Array} bytes
 */
export function digestNow(bytes) {
  const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
  const state = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const w = new Int32Array(64);
  /** @param {number} x @param {number} n */
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] += value));
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((value, index) => digest.setInt32(4 * index, value));
  return new Uint8Array(digest.buffer);
}

/** @param {Uint8Array} digest @param {string} sha256 */
export function differ(digest, sha256) {
  return digestOf(sha256).some((byte, index) => byte !== digest[index]);
}

/** @param {string} sha256 in hexadecimal: what is none would be met by anything */
export function digestOf(sha256) {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error("the manifest lacks a hash");
  return /** @type {string[]} */ (sha256.match(/../g)).map((byte) => parseInt(byte, 16));
}
