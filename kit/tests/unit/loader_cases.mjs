/**
 * Drives the loader under Node for test_loader_properties.py: a line of JSON in is a case, a line out
 * what came of it. The page, the server and Pyodide are played; the loader is the real one, in the
 * folder that the first argument names.
 */

import { createHash } from "node:crypto";
import { cpSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** No case takes as long, in milliseconds. */
const PATIENCE = 10_000;

const base = new URL("preboot/", pathToFileURL(`${process.argv[2]}/`));
/** @param {string} name */
const module = (name) => import(new URL(name, base).href);
const { fetchBlob } = await module("pieces.mjs");
const { fetchAside } = await module("beside.mjs");
const { Pack, whenNotBlocked } = await module("packs.mjs");
const memory = await module("memory.mjs");
const { compile, loadLibraries } = await module("linking.mjs");
const webCrypto = globalThis.crypto;

const encode = (bytes) => Buffer.from(bytes).toString("base64");
const decode = (text) => new Uint8Array(Buffer.from(text, "base64"));
const hash = (bytes) => createHash("sha256").update(bytes).digest("base64");

let now;
let said = [];
/** Names of files that were fetched, by whoever can wait. */
let asked = [];

// ---------------------------------------------------------------- a server, and a browser's ways to it

function served(url, fresh = false) {
  const name = new URL(url, base).pathname.split("/").pop();
  const text = (fresh ? now.fresh?.[name] : undefined) ?? now.files[name];
  return text === undefined ? undefined : decode(text);
}

/** A second, for whoever counts them where the network has its ways. */
const SECOND = 5;
const { setInterval: ownInterval } = globalThis;
globalThis.setInterval = (action, time) => ownInterval(action, now.ways ? (time / 1000) * SECOND : time);

/** @param {number} seconds */
const pass = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * SECOND));
/** @param {AbortSignal} signal */
const over = (signal) =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

/** A body that comes in so many portions, one in twenty seconds, and then falls silent or ends. */
function slow(bytes, signal, portions) {
  const size = Math.ceil(bytes.length / 4);
  let start = 0;
  return new ReadableStream({
    start: (stream) => void over(signal).catch((reason) => stream.error(reason)),
    async pull(stream) {
      if (start / size >= portions) return new Promise(() => {});
      await pass(20);
      stream.enqueue(bytes.subarray(start, (start += size)));
      if (start >= bytes.length) stream.close();
    },
  });
}

globalThis.fetch = async (url, { cache, integrity, signal } = {}) => {
  const bytes = served(url, cache === "reload");
  const name = new URL(url, base).pathname.split("/").pop();
  asked.push(name);
  if (!bytes) return new Response("", { status: 404 });
  const way = now.ways?.[name];
  if (way === "silent") return over(signal);
  if (way === "waiting") await Promise.race([pass(95), over(signal)]);
  const body = { stalled: () => slow(bytes, signal, 2), slow: () => slow(bytes, signal, 4) }[way]?.() ?? bytes;
  // What is no hash at all is not checked.
  const [, wanted] = integrity?.match(/^sha256-([A-Za-z0-9+/]{43}=)$/) ?? [];
  if (wanted && wanted !== hash(bytes)) throw new TypeError("Failed to fetch");
  // Not every browser fills an array with what comes of a stream, and none does of this one.
  const stream = now.portioned ? new Response(body).body.pipeThrough(new TransformStream()) : body;
  const headers = { ...(now.encoded && { "content-encoding": "br" }), ...(now.kept && { "x-kept": "here" }) };
  return new Response(stream, { headers });
};

/** What an engine may do in the middle of a request that blocks. */
let whileBlocked = () => {};

globalThis.XMLHttpRequest = class {
  open(_method, url) {
    this.url = url;
  }
  overrideMimeType() {}
  setRequestHeader() {
    this.fresh = true;
  }
  send() {
    whileBlocked();
    const bytes = served(this.url, this.fresh);
    this.status = bytes ? 200 : 404;
    this.responseText = bytes ? Buffer.from(bytes).toString("latin1") : "";
  }
};

// ---------------------------------------------------------------- a page

function openPage(address) {
  globalThis.document = {
    documentElement: { dataset: {} },
    head: { append() {} },
    createElement: () => ({}),
    querySelector: () => ({}),
  };
  globalThis.location = { hash: address, search: "" };
}
globalThis.removeEventListener = globalThis.dispatchEvent = () => {};
/** What waits for the page. @type {(() => void)[]} */
let waitingForPage = [];
globalThis.addEventListener = (name, act) => void (name === "app:ready" && waitingForPage.push(act));

/** Nothing is idle here until all that was begun is over. */
async function pageStands() {
  for (const act of waitingForPage.splice(0)) act();
  await pass(4);
}
for (const name of ["info", "warn", "error"]) console[name] = (line) => said.push(`${line}`);
// Where a boot is given up, what had begun ends in promises that nobody holds.
process.on("unhandledRejection", () => {});

/** What the thread of downloads has hashed. */
let hashed = [];

/** Runs here, and what is handed over to it is gone from where it was. */
class PlayedThread {
  constructor(address) {
    globalThis.postMessage = (message, transfer) => this.onmessage({ data: structuredClone(message, { transfer }) });
    import(address);
  }
  postMessage(message, transfer) {
    if (message.hash) hashed.push(hash(message.hash));
    const data = structuredClone(message, { transfer });
    queueMicrotask(() => globalThis.onmessage({ data }));
  }
}

// ---------------------------------------------------------------- Pyodide

const IS_FOLDER = 0o040000;

function fileSystem() {
  /** @param {any} parent @param {string} name @param {number} mode */
  const mknod = (parent, name, mode) => (parent.contents[name] = mode & IS_FOLDER ? folder() : {});
  const folder = () => ({ contents: {}, node_ops: { mknod } });
  const root = folder();
  /** @param {string} path */
  const at = (path) => path.split("/").filter(Boolean).reduce((node, name) => node.contents[name], root);
  return {
    root,
    ErrnoError: class extends Error {},
    mkdirTree(path) {
      let node = root;
      for (const name of path.split("/").filter(Boolean)) node = node.contents[name] ?? mknod(node, name, IS_FOLDER);
    },
    lookupPath: (path) => ({ node: at(path) }),
    readFile() {},
  };
}

WebAssembly.instantiateStreaming = async (memory) => {
  asked.push("linked");
  return { instance: { exports: { memory } } };
};

globalThis.playedPyodide = async (options) => {
  const FS = fileSystem();
  const snapshot = await options._loadSnapshot;
  const memory = new WebAssembly.Memory({ initial: 1 });
  await WebAssembly.instantiateStreaming(memory);
  await options.fsInit?.(FS);
  const HEAPU8 = new Uint8Array(memory.buffer, 0, 1 << 12);
  if (snapshot) HEAPU8.set(snapshot.subarray(snapshot.byteLength));
  return {
    FS,
    plain: !options.fsInit,
    loadedPackages: {},
    lockfile: { packages: { alpha: {}, micropip: {} } },
    _api: { async loadDynlib() {} },
    _module: { FS, HEAPU8, HEAPU32: new Uint32Array(8), wasmTable: { length: 7 }, __tzset_js() {} },
    toPy: (names) => ({ ...names, destroy() {} }),
    runPython: (code, { globals } = {}) => void (code === "print(message)" && said.push(globals.message)),
    loadPackage: async () => [],
  };
};

/**
 * Emscripten's linker, as far as symbols go: it gives an address to each that a library asks for.
 *
 * @param {{ strong: string[], weak: string[] }[]} libraries what each asks for
 * @param {string[]} known symbols that have an address
 * @param {number} unset what a symbol has for an address until then: releases differ
 */
function linker(libraries, known, unset) {
  const GOT = {};
  const seen = [];
  const GOTHandler = {
    get(weak, name) {
      GOT[name] ??= { value: unset };
      if (!weak.has(name)) GOT[name].required = true;
      return GOT[name];
    },
  };
  known.forEach((name, index) => (GOT[name] = { value: index + 1 }));
  const settle = () => {
    for (const [name, entry] of Object.entries(GOT)) {
      seen.push(name);
      if (entry.value !== unset) continue;
      if (name === name.toLowerCase()) entry.value = 1000 + name.length;
      else if (entry.required) throw new Error(`undefined symbol ${name}`);
      else entry.value = 0;
    }
  };
  const loadDynlib = async (path) => {
    const { strong, weak } = libraries[Number(path)];
    const symbols = new Proxy(new Set(weak), GOTHandler);
    for (const name of [...strong, ...weak]) symbols[name];
    settle();
  };
  return { py: { FS: {}, _api: { loadDynlib }, _module: { GOT, GOTHandler } }, GOT, seen };
}

/** What each file holds, null for one that Python would be told is not to be read. */
function contentsOf({ root }) {
  const found = {};
  /** @param {any} folder @param {string} path */
  const look = ({ contents }, path) => {
    for (const [name, node] of Object.entries(contents)) {
      if (node.node_ops) look(node, `${path}/${name}`);
      else found[`${path}/${name}`] = read(node);
    }
  };
  look(root, "");
  return found;
}

/** @param {any} node */
function read(node) {
  try {
    return encode(node.contents);
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------- cases

const or = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { refused: `${error?.name}: ${error?.message}` };
  }
};

let count = 0;

/** A loader of its own, which remembers nothing of the others. */
function anew() {
  const own = new URL(`../preboot-${++count}/`, base);
  cpSync(base, own, { recursive: true });
  return own;
}

/** Each visit has one. */
async function visit(manifest) {
  const own = anew();
  const { set: setManifest } = await import(new URL("manifest.mjs", own).href);
  setManifest(manifest);
  return import(new URL("preboot.mjs", own).href);
}

const cases = {
  /** A blob as it is fetched, and as it is read by one that cannot wait. */
  fetch: async ({ blob }) => ({
    fetched: await or(async () => encode(await fetchBlob(blob, base))),
    aside: await or(async () => encode(await fetchAside(blob, base))),
    now: await or(() => encode(new Pack(blob, base).now(fileSystem()))),
  }),

  /** What JavaScript has let go of, while Python reads and otherwise. */
  collected: async ({ blob }) => {
    const steps = [];
    const clean = whenNotBlocked((held) => steps.push(held));
    clean("before");
    whileBlocked = () => clean("meanwhile");
    new Pack(blob, base).now(fileSystem());
    whileBlocked = () => {};
    steps.push("read");
    await pass(1);
    return { steps };
  },

  /** While Python runs, several at once. */
  later: async ({ blobs }) => {
    const ended = await Promise.all(
      blobs.map((blob) => or(async () => encode(await new Pack(blob, base).fetchAside()))),
    );
    return { ended };
  },

  boot: async ({ manifest, address, packages, options = {}, then = [], inWorker = false }) => {
    openPage(address);
    if (inWorker) delete globalThis.document;
    const { loadPyodide } = await visit(manifest);
    const py = await loadPyodide({ packages, ...options });
    for (const name of then) await py.loadPackage(name);
    if (py.plain) return { booted: "plainly" };
    const { preboot } = inWorker ? {} : document.documentElement.dataset;
    const fetched = [...asked];
    await pageStands();
    const later = asked.slice(fetched.length);
    return { booted: preboot, memory: hash(py._module.HEAPU8), fetched, later, files: contentsOf(py.FS) };
  },

  /** A worker that PyScript starts on a page with an address. */
  worker: async ({ manifest, search }) => {
    openPage("");
    globalThis.location.search = search;
    globalThis.Worker = class {
      constructor(_address, options) {
        this.name = options.name;
      }
    };
    try {
      await visit(manifest);
      const { name } = new (class extends Worker {})("worker.js", { type: "module" });
      const { document } = globalThis;
      delete globalThis.document;
      Object.assign(globalThis, { name, location: { search: "" } });
      const { plain } = await (await visit(manifest)).loadPyodide({});
      globalThis.document = document;
      return { plain };
    } finally {
      delete globalThis.Worker;
      delete globalThis.name;
    }
  },

  /** A blob that is hashed in the thread of downloads, which is there already. */
  threaded: async ({ blob }) => {
    hashed = [];
    globalThis.Worker = PlayedThread;
    const own = anew();
    const { fetchBlob: fetchOwn, hashBy } = await import(new URL("pieces.mjs", own).href);
    const { beginAside, hashAside } = await import(new URL("beside.mjs", own).href);
    beginAside();
    await pass(20);
    hashBy(hashAside);
    const fetched = await or(async () => encode(await fetchOwn(blob, base)));
    delete globalThis.Worker;
    return { fetched, hashed };
  },

  /** Libraries that ask for symbols, some weakly, loaded by the loader and by Emscripten alone. */
  link: async ({ libraries, known, unset }) => {
    const load = async (how) => {
      const { py, GOT, seen } = linker(libraries, known, unset);
      const { entries } = Object;
      const outcome = await or(() => how(py));
      const values = Object.fromEntries(entries(GOT).map(([name, { value }]) => [name, value]));
      return { values, refused: outcome?.refused ?? null, seen, left: Object.entries !== entries };
    };
    const paths = libraries.map((_, index) => `${index}`);
    const alone = async (py) => {
      for (const path of paths) await py._api.loadDynlib(path, false, []);
    };
    return { own: await load((py) => loadLibraries(py, paths, new Map())), alone: await load(alone) };
  },

  /** The places of modules of some lengths that are compiled, each with nothing but a custom section. */
  compiled: async ({ lengths }) => {
    const files = lengths.map((length, index) => {
      const bytes = new Uint8Array(length);
      const size = length - 14;
      const [a, b, c, d] = [0, 7, 14, 21].map((bits) => ((size >> bits) & 0x7f) | 0x80);
      bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, a, b, c, d, size >> 28]);
      return [`${index}`, bytes];
    });
    return { paths: [...(await compile(files)).keys()] };
  },

  difference: ({ memory: bytes, former, others = [] }) => ({
    image: encode(memory.difference(decode(bytes), decode(former), ...others.map(decode))),
  }),

  lay: ({ image, cuts, onto }) => {
    const target = decode(onto);
    const whole = decode(image);
    const pieces = [...cuts, whole.length].map((end, index) => whole.subarray(cuts[index - 1] ?? 0, end));
    memory.lay(pieces, target);
    return { memory: encode(target), length: memory.lengthOf(pieces) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  now = JSON.parse(line);
  [said, asked, waitingForPage] = [[], [], []];
  Object.defineProperty(globalThis, "crypto", {
    value: now.insecure ? undefined : webCrypto,
    configurable: true,
  });
  let timer;
  const tooLong = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ hangs: true }), PATIENCE);
  });
  const outcome = await Promise.race([or(() => cases[now.do](now)), tooLong]);
  clearTimeout(timer);
  process.stdout.write(`${JSON.stringify({ ...outcome, said })}\n`);
}
process.exit(0);
