/**
 * What has arrived of the files that the page asks for, and what did not.
 *
 * @module
 */

/** Files that a server does not have: by address, what it answered instead, and who asked. */
const answers = new Map();
/** The folders of what every start needs. */
const folders = new Set([new URL("./runtime/", document.baseURI).href]);

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
      const { name, responseStatus: status, initiatorType: asked } = entry;
      if (status >= 400) answers.set(name, { status, asked });
    }
    onArrival(bytes);
  });
  observer.observe({ type: "resource", buffered: true });
  return () => observer.disconnect();
}

/**
 * Have the folder of a file count among those that every start needs.
 *
 * @param {string} address
 */
export function need(address) {
  folders.add(new URL("./", new URL(address, document.baseURI)).href);
}

/**
 * Whether an address is that of something without which nothing starts. In an app that is one document,
 * the runtime has addresses that the page makes itself.
 *
 * @param {string} address
 */
export const isNeeded = (address) =>
  /^(?:blob|data):/.test(address) || [...folders].some((folder) => address.startsWith(folder));

/** Whether a file did not come without which nothing starts: a picture may be missing. */
export const lacksNeeded = () => [...answers.keys()].some(isNeeded);

/** What a start that failed may have failed for: of the runtime, and what scripts have asked for. */
export const lostFiles = () =>
  [...answers]
    .filter(([address, { asked }]) => isNeeded(address) || ["fetch", "xmlhttprequest"].includes(asked))
    .map(([address, { status }]) => `${address} (${status})`);
