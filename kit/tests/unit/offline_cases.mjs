/**
 * Drives what makes a site work offline under Node, for test_offline.py: a line of JSON in is a step,
 * a line out what came of it. Browser and host are played; service worker and page module are the real
 * ones, in the folder that the first argument names.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";

const folder = pathToFileURL(`${process.argv[2]}/`);
const SITE = "https://example.org/";
const { setTimeout: ownTimeout } = globalThis;
/** Nobody waits as long as a visitor would. */
const soon = (action, time, ...rest) => ownTimeout(action, time / 100, ...rest);
const addressOf = (request) => request.url ?? `${request}`;

// ---------------------------------------------------------------- a host, and a browser's caches

let host = {};
let asked = [];

async function fetchPlayed(request, options = {}) {
  const { pathname } = new URL(addressOf(request));
  const cache = options.cache ?? request.cache ?? "default";
  asked.push(`${pathname} ${cache}`);
  const answers = host[pathname];
  if (!answers) throw new TypeError("Failed to fetch");
  const answer = answers[cache] ?? (cache === "only-if-cached" ? undefined : answers.default);
  if (!answer) throw new TypeError("Failed to fetch");
  const { body, status = 200, type, length, date, stalls } = answer;
  const headers = {
    ...(type && { "content-type": type }),
    ...(length && { "content-length": `${length}` }),
    ...(date && { date }),
  };
  const silent = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(body)) });
  return new Response(stalls ? silent : body, { status, headers });
}

class PlayedCache {
  content = new Map();
  match = async (request) => this.content.get(addressOf(request))?.clone();
  put = async (request, response) => {
    const { headers, status } = response;
    if (status === 206) throw new TypeError("Partial response (status code 206) is unsupported");
    this.content.set(addressOf(request), new Response(await response.arrayBuffer(), { headers }));
  };
  keys = async () => [...this.content.keys()].map((url) => ({ url }));
  delete = async (request) => this.content.delete(addressOf(request));
}

const stores = new Map();
const caches = {
  async open(name) {
    if (!stores.has(name)) stores.set(name, new PlayedCache());
    return stores.get(name);
  },
  keys: async () => [...stores.keys()],
  delete: async (name) => stores.delete(name),
};

// ---------------------------------------------------------------- service workers

const workers = new Map();
/** What open pages are told. */
const told = [];

function start(version, source) {
  const listeners = {};
  const registration = { installing: null };
  const self = {
    location: { href: `${SITE}sw.js?layout=played` },
    addEventListener: (name, listener) => (listeners[name] = listener),
    registration,
    skipWaiting() {},
    clients: { async claim() {}, matchAll: async () => [{ postMessage: (words) => told.push(words) }] },
  };
  const given = { self, caches, fetch: fetchPlayed, setTimeout: soon, crypto, console: { info() {} } };
  runInContext(source, createContext({ ...given, URL, Response, Headers }));
  workers.set(version, { listeners, registration });
}

/** What an event is answered with, once all that it asks to wait for is over. */
async function dispatch(version, name, event = {}) {
  const waiting = [];
  let answer;
  workers.get(version).listeners[name]({
    waitUntil: (promise) => waiting.push(promise),
    respondWith: (promise) => (answer = promise),
    ...event,
  });
  const response = await answer;
  const text = await response?.text();
  for (const promise of waiting) await promise;
  return { response, text };
}

// ---------------------------------------------------------------- a page

/** A version as a page sees it, which says which it is unless it is of old. */
class PlayedVersion extends EventTarget {
  constructor(version) {
    super();
    this.version = version;
    this.state = "installing";
    this.told = [];
  }
  postMessage(words, ports) {
    this.told.push(words);
    if (words === "which version" && this.version) ports[0].postMessage(this.version);
  }
}

let pages = 0;

async function openPage({ version, waiting, installing, controller, hears }) {
  const versions = { waiting, installing, controller };
  for (const [role, its] of Object.entries(versions)) {
    versions[role] = its === undefined ? null : new PlayedVersion(its);
  }
  const said = [];
  const element = () => ({ setAttribute() {}, addEventListener() {}, remove() {}, replaceChildren: (text) => said.push(text.textContent) });
  const registration = Object.assign(new EventTarget(), versions);
  const container = Object.assign(new EventTarget(), { controller: versions.controller, register: async () => registration });
  globalThis.document = {
    documentElement: { dataset: { app: "ready" } },
    body: { append() {} },
    createElement: element,
    querySelector: () => ({ getAttribute: () => version }),
  };
  let reloads = 0;
  globalThis.location = { reload: () => reloads++ };
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker: container }, configurable: true });
  globalThis.setTimeout = soon;
  await import(new URL(`offline.mjs?${++pages}`, folder).href);
  // As long as it leaves to what the page draws.
  await new Promise((resolve) => ownTimeout(resolve, 50));
  const { warn } = console;
  console.warn = (words) => said.push(words);
  if (hears) container.dispatchEvent(new MessageEvent("message", { data: hears }));
  console.warn = warn;
  // As long as a version may take to say which it is, and some more.
  const settled = () => new Promise((resolve) => ownTimeout(resolve, 200));
  await settled();
  if (installing !== undefined) {
    versions.installing.state = "installed";
    versions.installing.dispatchEvent(new Event("statechange"));
    await settled();
  }
  const coming = versions.installing ?? versions.waiting;
  if (coming?.told.includes("take over")) {
    container.controller = coming;
    container.dispatchEvent(new Event("controllerchange"));
    await settled();
  }
  return { said, told: coming?.told, reloads };
}

// ---------------------------------------------------------------- steps

const steps = {
  host: ({ files }) => void (host = files),
  start: ({ version, source }) => start(version, source),
  comes: ({ version, another }) => void (workers.get(version).registration.installing = another),
  install: ({ version }) => dispatch(version, "install").then(() => {}),
  activate: ({ version }) => dispatch(version, "activate").then(() => {}),
  told: () => told.splice(0),
  async get({ version, path, cache = "default", headers = {} }) {
    asked = [];
    const request = { url: new URL(path, SITE).href, method: "GET", cache, headers: new Headers(headers) };
    const { response, text } = await dispatch(version, "fetch", { request });
    return { text, status: response.status, headers: Object.fromEntries(response.headers), asked };
  },
  async keep({ path, body, headers }) {
    const files = await caches.open(`app ${SITE} files`);
    await files.put(new URL(path, SITE).href, new Response(body, { headers }));
  },
  kept: () =>
    Object.fromEntries(
      [...stores].map(([name, { content }]) => [
        name.split(" ").at(-1),
        [...content.keys()].map((address) => address.replace(SITE, "/")),
      ]),
    ),
  page: openPage,
};

for await (const line of createInterface({ input: process.stdin })) {
  const step = JSON.parse(line);
  let outcome;
  try {
    outcome = { result: (await steps[step.do](step)) ?? null };
  } catch (error) {
    outcome = { refused: `${error?.message ?? error}` };
  }
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
process.exit(0);
