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
/** What lies here never changes. */
const FOR_EVER = `${SCOPE}runtime/`;
/** The caches of this app, among those of others on the same origin. */
const PREFIX = `app ${SCOPE} `;
const FILES = `${PREFIX}files`;
const OWN = `${PREFIX}version ${VERSION}`;
/** How long the network may take to answer before the copy is shown, in milliseconds. */
const PATIENCE = 4000;
/** Larger files are not read twice to be checked: the loader checks its own, browsers compile the rest. */
const CHECKED_BELOW = 2e6;

const kept = absolute({ ...KEPT, ...BY_LAYOUT[LAYOUT] });
const shell = absolute(SHELL);

/** @param {Record<string, string>} files @returns {Map<string, string>} */
function absolute(files) {
  return new Map(Object.entries(files).map(([address, sha256]) => [new URL(address, SCOPE).href, sha256]));
}

// ---------------------------------------------------------------- a version comes, a version goes

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ { data }) => {
  if (data === "take over") worker.skipWaiting();
});

/** Fetch what is not here yet. Whatever is missing or not of this version ends it: the former stays. */
async function install() {
  const [files, own] = await Promise.all([caches.open(FILES), caches.open(OWN)]);
  await Promise.all(
    [...shell].map(([address, sha256]) => add(own, address, sha256, { cache: "no-cache" })),
  );
  // One after the other, so that a page which is just starting has the line to itself.
  for (const [address, sha256] of kept) {
    if (!(await files.match(address))) await add(files, address, sha256);
  }
}

/**
 * @param {Cache} cache
 * @param {string} address
 * @param {string} sha256
 * @param {RequestInit} [options]
 */
async function add(cache, address, sha256, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const bytes = await response.clone().arrayBuffer();
  if ((await digest(bytes)) !== sha256) throw new Error(`${address} is not of version ${VERSION}`);
  await cache.put(address, response);
}

/** Remove what neither this version nor the one before it needs. */
async function activate() {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${PREFIX}version `));
  const former = names.filter((name) => name !== OWN).at(-1);
  for (const name of names) {
    if (name !== OWN && name !== former) await caches.delete(name);
  }
  const [files, own] = await Promise.all([caches.open(FILES), caches.open(OWN)]);
  const list = new URL("./?files", SCOPE).href;
  const before = former && (await (await caches.open(former)).match(list));
  const needed = new Set([...kept.keys(), ...(before ? await before.json() : [])]);
  await own.put(list, new Response(JSON.stringify([...kept.keys()])));
  // What a page asked for beside that came from the network, and would again.
  for (const request of await files.keys()) {
    if (!needed.has(request.url) && former) await files.delete(request);
  }
  await worker.clients.claim();
}

// ---------------------------------------------------------------- answers

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const address = request.url.split("#")[0];
  if (request.method !== "GET") return;
  if (kept.has(address) || address.startsWith(FOR_EVER)) {
    event.respondWith(fromCache(request, address));
  } else if (address.startsWith(SCOPE)) {
    event.respondWith(fromNetwork(request, address));
  }
});

/** @param {Request} request @param {string} address */
async function fromCache(request, address) {
  const files = await caches.open(FILES);
  const kept = await files.match(address);
  const found = kept && (await isWhole(kept, address)) ? kept : undefined;
  // The loader asks again, past all caches, for what turned out to be wrong.
  if (found && request.cache !== "reload") return found;
  try {
    const response = await fetch(request);
    if (response.ok && response.type !== "opaque") await keep(files, address, response.clone());
    return response;
  } catch (error) {
    if (found) return found;
    throw error;
  }
}

/** @param {Response} response @param {string} address */
async function isWhole(response, address) {
  const sha256 = kept.get(address);
  const size = Number(response.headers.get("content-length") ?? CHECKED_BELOW);
  if (!sha256 || size >= CHECKED_BELOW || /\.wasm$/.test(address)) return true;
  return (await digest(await response.clone().arrayBuffer())) === sha256;
}

/** @param {Request} request @param {string} address */
async function fromNetwork(request, address) {
  const copy = async () => (await caches.open(OWN)).match(address.split("?")[0].replace(/index\.html$/, ""));
  const answer = fetch(request);
  if (!shell.has(address.split("?")[0].replace(/index\.html$/, ""))) return answer;
  answer.catch(() => {});
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const response = await Promise.race([answer, late.then(copy)]);
    if (response && response.status < 500) return response;
  } catch {
    // No network.
  }
  return (await copy()) ?? answer;
}

/** Keep a copy where there is room for it. @param {Cache} cache @param {string} address @param {Response} response */
async function keep(cache, address, response) {
  try {
    await cache.put(address, response);
  } catch (error) {
    console.info(`${address} is not kept: ${error}`);
  }
}

/** @param {ArrayBuffer} bytes */
async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
