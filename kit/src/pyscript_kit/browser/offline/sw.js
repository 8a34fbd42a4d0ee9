/**
 * The service worker of a built site: lets the app start without a network, and a new version take the
 * place of the former one as a whole. `pyscript build` fills in the constants.
 *
 * Files whose names tell their content never change: they come from the cache, and two versions can
 * share them. The rest is the shell: it comes from the network as long as there is one, and from this
 * version's own copy where there is none. A version is complete before it is used, and the former
 * one's files stay as long as an open page may still ask for them.
 */

/* What this version consists of: sha256 in hexadecimal digits by address, relative to this file. */
const VERSION = "";
/** Without a hash in the name. @type {Record<string, string>} */
const SHELL = {};
/** With one, or in a folder with one, and needed to start. @type {Record<string, string>} */
const KEPT = {};
/** The same, for one kind of engine only. @type {Record<string, Record<string, string>>} */
const BY_LAYOUT = {};

const worker = /** @type {any} */ (self);
const SCOPE = new URL("./", worker.location.href).href;
const LAYOUT = new URL(worker.location.href).searchParams.get("layout") ?? "";
/** What is here never changes. */
const FOR_EVER = `${SCOPE}runtime/`;
/** What the loader fetches of it is here. */
const PACKS = `${FOR_EVER}packs/`;
/** The caches of this app, among those of others on the same origin. */
const PREFIX = `app ${SCOPE} `;
const FILES = `${PREFIX}files`;
const OWN = `${PREFIX}version ${VERSION}`;
/** What a version that has been in use consisted of, and when its turn was, in its own cache. */
const LIST = `${SCOPE}?used`;
/** How long the network may take before the copy is shown, in milliseconds. */
const PATIENCE = 4000;
/** What a host says that is short of time or leave, beside the numbers from 500 on. */
const REFUSALS = [403, 408, 425, 429];
/** By these headers an answer is known again: asked again, a host sends another date. */
const OF_AN_ANSWER = ["date", "etag", "last-modified", "content-length", "content-type"];
/** Larger files are not read twice to be checked: the loader checks its own, browsers compile the rest. */
const CHECKED_BELOW = 2e6;

const kept = absolute({ ...KEPT, ...BY_LAYOUT[LAYOUT] });
const shell = absolute(SHELL);

/** @param {Record<string, string>} files @returns {Map<string, string>} */
function absolute(files) {
  return new Map(Object.entries(files).map(([address, sha256]) => [uniform(new URL(address, SCOPE).href), sha256]));
}

/**
 * An address in the one spelling in which files are kept here, however a page has spelt it. Browsers leave
 * `50%.json` and `(1).csv` as they are, and hosts find the file by `50%25.json` and `%281%29.csv`, too.
 *
 * @param {string} href
 */
function uniform(href) {
  const [, path, rest] = /** @type {RegExpMatchArray} */ (href.match(/^([^?#]*)(.*)$/));
  const encoded = path.replace(SCOPE, "").split("/").map((part) => {
    try {
      return encodeURIComponent(decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, "%25")));
    } catch {
      return part; // bytes that are not text
    }
  });
  return path.startsWith(SCOPE) ? SCOPE + encoded.join("/") + rest : href;
}

// ---------------------------------------------------------------- a version comes, a version goes

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ { data, ports }) => {
  if (data === "take over") worker.skipWaiting();
  if (data === "which version") ports[0].postMessage(VERSION);
});

/** Fetch what is not here yet. Whatever is missing or not of this version ends it: the former stays. */
async function install() {
  const [files, own] = await Promise.all([caches.open(FILES), caches.open(OWN)]);
  try {
    await Promise.all([...shell].map(([address, sha256]) => add(own, address, sha256, "no-cache")));
    // One after the other, so that a page which is just starting has the line to itself.
    for (const [address, sha256] of kept) {
      const found = await files.match(address);
      if (!found || !(await isRight(found, sha256))) await add(files, address, sha256);
    }
  } catch (error) {
    // Unless it is in use all the same, by another kind of engine.
    if (!(await own.match(LIST))) await caches.delete(OWN);
    // A browser keeps the reason to itself.
    for (const client of await worker.clients.matchAll({ includeUncontrolled: true })) {
      client.postMessage({ ended: String(/** @type {any} */ (error)?.message ?? error) });
    }
    throw error;
  }
}

/**
 * Fetch a file, and once more past the browser's cache, which may hold what a host answered before it
 * had the file.
 *
 * @param {Cache} cache
 * @param {string} address
 * @param {string} sha256
 * @param {RequestCache} [first] how the browser's cache is used at first
 */
async function add(cache, address, sha256, first = "default") {
  for (const way of [first, "reload"]) {
    const response = await fetch(address, { cache: /** @type {RequestCache} */ (way) }).catch((error) => {
      throw new Error(`${address} did not arrive: ${error?.message ?? error}`);
    });
    // Part of a file, which the browser's cache may have of sound or video, is not the file.
    if (response.status === 206 && way !== "reload") continue;
    if (response.status !== 200) throw new Error(`${address} answered ${response.status}`);
    if (await isRight(response.clone(), sha256)) return cache.put(address, response);
  }
  throw new Error(`${address} is not of version ${VERSION}`);
}

/** Remove what neither this version nor the one before it needs. */
async function activate() {
  const [files, own, others] = await Promise.all([caches.open(FILES), caches.open(OWN), otherVersions()]);
  const turn = 1 + Math.max(0, ...others.map((other) => other.turn));
  await own.put(LIST, new Response(JSON.stringify({ turn, needed: [...kept.keys()] })));
  // What one that is just coming has fetched so far does not belong to a former one.
  if (!worker.registration.installing) await tidy(files, others);
  await worker.clients.claim();
}

/** What is here of other versions; one that has never been in use has no turn and no files. */
async function otherVersions() {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${PREFIX}version `) && name !== OWN);
  return Promise.all(
    names.map(async (name) => {
      const list = await (await caches.open(name)).match(LIST);
      /** @type {{ turn: number, needed: string[] }} */
      const { turn, needed } = list ? await list.json() : { turn: 0, needed: [] };
      return { name, turn, needed };
    }),
  );
}

/**
 * @param {Cache} files
 * @param {Awaited<ReturnType<typeof otherVersions>>} others
 */
async function tidy(files, others) {
  const [before] = others.filter(({ turn }) => turn).sort((one, other) => other.turn - one.turn);
  for (const { name } of others) {
    if (name !== before?.name) await caches.delete(name);
  }
  if (!before) return;
  const needed = new Set([...kept.keys(), ...before.needed]);
  // What a page asked for beside that came from the network, and would again.
  for (const request of await files.keys()) {
    if (!needed.has(request.url)) await files.delete(request);
  }
}

// ---------------------------------------------------------------- answers

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const address = uniform(request.url.split("#")[0]);
  if (request.method !== "GET") return;
  if (kept.has(address) || address.startsWith(FOR_EVER)) {
    event.respondWith(fromCache(event, address));
  } else if (address.startsWith(SCOPE)) {
    event.respondWith(fromNetwork(request, address));
  }
});

/** @param {any} event @param {string} address */
async function fromCache(event, address) {
  const { request } = event;
  const files = await caches.open(FILES);
  const copy = await files.match(address);
  const found = copy && (await isWhole(copy, address)) ? marked(copy, address) : undefined;
  // The loader asks again, past all caches, for what turned out to be wrong.
  if (found && request.cache !== "reload") return (await asItCame(found, address)) ?? found;
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type !== "opaque") event.waitUntil(keep(files, address, response.clone()));
    return response;
  } catch (error) {
    if (found) return found;
    throw error;
  }
}

/**
 * Pyodide's WebAssembly out of the browser's own cache, if that still has the answer that was checked and
 * kept: to it alone belongs the machine code that the browser has made of the first visit's.
 *
 * @param {Response} copy @param {string} address
 */
async function asItCame(copy, address) {
  if (!address.endsWith(".wasm") || address.startsWith(PACKS)) return undefined;
  const only = /** @type {RequestInit} */ ({ cache: "only-if-cached", mode: "same-origin" });
  const own = await fetch(address, only).catch(() => undefined);
  const same = OF_AN_ANSWER.every((name) => own?.headers.get(name) === copy.headers.get(name));
  return own?.status === 200 && same ? own : undefined;
}

/**
 * As it is, and with leave for the loader to take it so, instead of asking the host for one that is
 * compressed.
 *
 * @param {Response} response @param {string} address
 */
function marked(response, address) {
  if (!address.startsWith(PACKS)) return response;
  const headers = new Headers(response.headers);
  headers.set("x-kept", "here");
  return new Response(response.body, { headers });
}

/** @param {Response} response @param {string} address */
async function isWhole(response, address) {
  const sha256 = kept.get(address);
  if (!sha256 || /\.wasm$/.test(address)) return true;
  const said = response.headers.get("content-length");
  if (Number(said) >= CHECKED_BELOW) return true;
  const bytes = await response.clone().arrayBuffer();
  return (!said && bytes.byteLength >= CHECKED_BELOW) || (await digest(bytes)) === sha256;
}

/** @param {Request} request @param {string} address */
async function fromNetwork(request, address) {
  const plain = address.split("?")[0].replace(/index\.html$/, "");
  if (!shell.has(plain)) return fetch(request);
  const copy = async () => asked(request, await (await caches.open(OWN)).match(plain));
  const answer = whole(request);
  answer.catch(() => {});
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const response = await Promise.race([answer, late.then(copy)]);
    if (response && response.status < 500 && !REFUSALS.includes(response.status)) return response;
  } catch {
    // No network.
  }
  return (await copy()) ?? answer;
}

/**
 * What a request asks for of a file: players of sound and video ask for parts, and some take nothing else.
 *
 * @param {Request} request @param {Response | undefined} response the whole file
 */
async function asked(request, response) {
  const [, from, to] = request.headers.get("range")?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  if (!response || from === undefined) return response;
  const bytes = await response.arrayBuffer();
  const end = Math.min(to ? Number(to) + 1 : bytes.byteLength, bytes.byteLength);
  const headers = new Headers(response.headers);
  const isThere = Number(from) < end;
  headers.set("content-range", `bytes ${isThere ? `${from}-${end - 1}` : "*"}/${bytes.byteLength}`);
  headers.set("content-length", String(isThere ? end - Number(from) : 0));
  headers.delete("content-encoding");
  const part = isThere ? bytes.slice(Number(from), end) : null;
  return new Response(part, { status: isThere ? 206 : 416, headers });
}

/** What the network answers, once all of it is here. @param {Request} request */
async function whole(request) {
  const response = await fetch(request);
  await response.clone().arrayBuffer();
  return response;
}

/**
 * Keep a copy where there is room for it, unless it is something else that a host shows for what it
 * does not have.
 *
 * @param {Cache} cache
 * @param {string} address
 * @param {Response} response
 */
async function keep(cache, address, response) {
  const sha256 = kept.get(address);
  try {
    const right = sha256
      ? await isRight(response.clone(), sha256)
      : !response.headers.get("content-type")?.startsWith("text/html");
    if (right) await cache.put(address, response);
  } catch (error) {
    console.info(`${address} is not kept: ${error}`);
  }
}

/** @param {Response} response which is read @param {string} sha256 */
async function isRight(response, sha256) {
  return (await digest(await response.arrayBuffer())) === sha256;
}

/** @param {ArrayBuffer} bytes */
async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
