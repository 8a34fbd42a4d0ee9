/**
 * Answers, in an app that is one document, requests for what the document holds: the app's own files,
 * and the runtime where it is embedded. Requests for anything else go where they always went.
 *
 * A plain script, and the first, so that nobody fetches before it.
 */
{
  const ORIGIN = "https://embedded.invalid/";
  const TYPES = {
    css: "text/css",
    csv: "text/csv",
    gif: "image/gif",
    html: "text/html",
    jpeg: "image/jpeg",
    jpg: "image/jpeg",
    js: "text/javascript",
    json: "application/json",
    mjs: "text/javascript",
    mp3: "audio/mpeg",
    mp4: "video/mp4",
    ogg: "audio/ogg",
    png: "image/png",
    svg: "image/svg+xml",
    txt: "text/plain",
    wav: "audio/wav",
    wasm: "application/wasm",
    webm: "video/webm",
    webp: "image/webp",
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
      if (plain.startsWith(base)) return decoded(plain.slice(base.length));
    }
    return undefined;
  };

  /** @param {string} address in which a `%` may stand for itself */
  const decoded = (address) => {
    try {
      return decodeURIComponent(address.replace(/%(?![0-9a-f]{2})/gi, "%25"));
    } catch {
      return address;
    }
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

  /** What shows a file, plays it or runs it, and the property with its address. */
  const SHOWN = [
    { type: HTMLLinkElement, name: "href" },
    { type: HTMLImageElement, name: "src" },
    { type: HTMLMediaElement, name: "src" },
    { type: HTMLScriptElement, name: "src" },
    { type: HTMLSourceElement, name: "src" },
  ];
  // What the app makes while it runs, or a terminal, gets an address that holds the file.
  for (const { type, name } of SHOWN) {
    const own = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(type.prototype, name));
    Object.defineProperty(type.prototype, name, {
      ...own,
      /** @param {string} address */
      set(address) {
        // A script with a type is PyScript's, which fetches it, or a module, which may import others.
        const path = this instanceof HTMLScriptElement && this.type ? undefined : pathOf(`${address}`);
        const element = path === undefined ? undefined : find(path);
        if (path === undefined || !element) return own.set?.call(this, address);
        contentOf(element).then((bytes) => own.set?.call(this, `data:${typeOf(path)};base64,${base64(bytes)}`));
      },
    });
  }
  const { setAttribute } = Element.prototype;
  /** @param {string} name @param {string} value */
  Element.prototype.setAttribute = function (name, value) {
    if (SHOWN.some((each) => each.name === name && this instanceof each.type)) Reflect.set(this, name, value);
    else setAttribute.call(this, name, value);
  };

  /** @param {Uint8Array} bytes */
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

  /** @param {string} path */
  const typeOf = (path) => {
    const ending = path.split(".").at(-1) ?? "";
    return TYPES[/** @type {keyof typeof TYPES} */ (ending)] ?? "application/octet-stream";
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
    const type = typeOf(path);
    // What is large is asked for once.
    if (content.length > 1e6) inflated.delete(path);
    return new Response(/** @type {any} */ (content), { headers: { "Content-Type": type } });
  };
}
