/**
 * Makes a built site work without a network, and offers a new version once it is wholly here. Part of
 * builds only: while an app is written, nothing must come out of a cache.
 *
 * @module
 */

import { layout } from "./layout.mjs";

const offer = document.createElement("section");
/** The version of this page. */
const OWN = document.querySelector("meta[name=version]")?.getAttribute("content");
/** How long a version may take to say which it is, in milliseconds: those of old do not know. */
const PATIENCE = 5000;

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  if (registration.waiting) greet(registration.waiting);
  follow(registration.installing);
  registration.addEventListener("updatefound", () => follow(registration.installing));
}

/** @param {ServiceWorker | null} coming */
function follow(coming) {
  coming?.addEventListener("statechange", () => {
    // Without a controller it is the first version of all, and nothing to offer.
    if (coming.state === "installed" && navigator.serviceWorker.controller) greet(coming);
  });
}

/** @param {ServiceWorker} version that waits until it is wanted */
async function greet(version) {
  // The document comes from the network, so that a page may be newer than what answers for it.
  if (await isOwn(version)) {
    version.postMessage("take over");
    return;
  }
  offerTo("A new version of this app is available.", "Use it", () => {
    wanted = true;
    version.postMessage("take over");
  });
}

/** @param {ServiceWorker} version @returns {Promise<boolean>} whether it is this page's own */
function isOwn(version) {
  const { port1: port, port2: theirs } = new MessageChannel();
  return new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data === OWN);
    setTimeout(() => resolve(false), PATIENCE);
    version.postMessage("which version", [theirs]);
  }).finally(() => port.close());
}

/** @param {string} words @param {string} label @param {() => void} action */
function offerTo(words, label, action) {
  offer.className = "offer";
  offer.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = words;
  offer.replaceChildren(text, button(label, action, "primary"), button("Later", () => offer.remove()));
  document.body.append(offer);
}

/** @param {string} label @param {() => void} action @param {string} [look] */
function button(label, action, look = "") {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  made.className = look;
  made.addEventListener("click", action);
  return made;
}

/** Whether the visitor has asked for the new version here, and not in another tab. */
let wanted = false;

async function register() {
  // The first version takes over a page that began without one, which changes nothing for it.
  let former = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", async () => {
    const { controller } = navigator.serviceWorker;
    const updated = former && controller;
    former = controller;
    if (wanted) location.reload();
    else if (updated && !(await isOwn(updated))) {
      offerTo("This app was updated in another tab. This tab still runs the former version.", "Reload", () => location.reload());
    }
  });
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.ended) console.warn(`This app is not available offline: ${data.ended}`);
  });
  try {
    const address = `./sw.js?layout=${layout()}`;
    watch(await navigator.serviceWorker.register(address, { updateViaCache: "none" }));
  } catch (error) {
    // The app works without: storage may be forbidden or full, or this address is not secure.
    console.info(`This app is not available offline: ${error}`);
  }
}

/** In milliseconds: what a page draws once it stands comes first. */
const PAUSE = 2000;

function begin() {
  setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(register), PAUSE);
}

if ("serviceWorker" in navigator) {
  const { app } = document.documentElement.dataset;
  if (app === "ready") begin();
  // PyScript says the second of each script, where a page has come without our shell.
  else addEventListener(app ? "app:ready" : "py:done", begin, { once: true });
}
