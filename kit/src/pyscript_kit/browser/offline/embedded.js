/**
 * Answers, in an app that is one document, requests for what the document holds: the app's own files,
 * and the runtime where it is embedded. Requests for anything else go where they always went.
 *
 * A plain script, and the first of all, so that nobody fetches before it.
 */
{
  const ORIGIN = "https://embedded.invalid/";
  const TYPES = {
    css: "text/css",
    csv: "text/csv",
    html: "text/html",
    js: "text/javascript",
    json: "application/json",
    mjs: "text/javascript",
    png: "image/png",
    svg: "image/svg+xml",
    txt: "text/plain",
    wasm: "application/wasm",
    zip: "application/zip",
  };

  /** @type {Map<string, Promise<Uint8Array>>} */
  const inflated = new Map();

  /**
   * The path of a file in the document, for an address that stands for one.
   *
   * @param {string} address
   */
  const pathOf = (address) => {
    const { href } = new URL(address, document.baseURI);
    const plain = href.split(/[?#]/)[0];
    const home = document.baseURI.split(/[?#]/)[0].replace(/[^/]*$/, "");
    for (const base of [ORIGIN, home]) {
      if (plain.startsWith(base)) return decodeURIComponent(plain.slice(base.length));
    }
    return undefined;
  };

  /** @param {string} path */
  const find = (path) =>
    Array.from(document.querySelectorAll("script[data-embedded]")).find(
      (element) => /** @type {HTMLElement} */ (element).dataset.embedded === path,
    );

  /** @param {Element} element that holds a file, compressed by gzip, in base64 */
  const contentOf = async (element) => {
    const text = atob((element.textContent ?? "").trim());
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const stream = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  const { fetch } = globalThis;
  /** @param {RequestInfo | URL} request @param {RequestInit} [options] */
  globalThis.fetch = async (request, options) => {
    const address = request instanceof Request ? request.url : String(request);
    const path = pathOf(address);
    const element = path === undefined ? undefined : find(path);
    if (path === undefined || !element) return fetch(request, options);
    if (!inflated.has(path)) inflated.set(path, contentOf(element));
    const content = /** @type {Uint8Array} */ (await inflated.get(path));
    const ending = path.split(".").at(-1) ?? "";
    const type = TYPES[/** @type {keyof typeof TYPES} */ (ending)] ?? "application/octet-stream";
    // What is large is asked for once.
    if (content.length > 1e6) inflated.delete(path);
    return new Response(/** @type {any} */ (content), { headers: { "Content-Type": type } });
  };
}
