/**
 * What has arrived of the files that the page asks for, and what did not.
 *
 * @module
 */

/** Files that a server does not have, with what it answered instead. @type {Set<string>} */
export const missing = new Set();

/**
 * Call something with the number of bytes whenever files have arrived, those before this too.
 *
 * @param {(bytes: number) => void} onArrival
 * @returns {() => void} to call no more
 */
export function followArrivals(onArrival) {
  const observer = new PerformanceObserver((list) => {
    let bytes = 0;
    for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) {
      bytes += entry.encodedBodySize;
      if (entry.responseStatus >= 400) missing.add(`${entry.name} (${entry.responseStatus})`);
    }
    onArrival(bytes);
  });
  observer.observe({ type: "resource", buffered: true });
  return () => observer.disconnect();
}
