/**
 * Puts the files of a pack into Python's file system at once, with their names and sizes; their
 * bytes follow when the pack has come. Its tree says which they are.
 *
 * @module
 */

/** @typedef {import("./packs.mjs").Pack} Pack */
/** @typedef {[path: string, size: number][]} Tree */

/** Of the path of bytecode: where the standard library lies, the name of the file, and that of a package's own. */
const [PLACE, BYTECODE, OF_PACKAGE] = [/^\/lib\/python[\d.]+\//, /__pycache__\/(.*)\.[^.]+\.pyc$/, /\/__init__$/];

/**
 * The module of the standard library whose bytecode a file holds.
 *
 * @param {string} path
 * @returns {string} its name; that of no module for other files
 */
export const moduleAt = (path) =>
  path.replace(PLACE, "").replace(BYTECODE, "$1").replace(OF_PACKAGE, "").replaceAll("/", ".");

/**
 * Put the files of a pack into the file system.
 *
 * @param {any} FS Emscripten's
 * @param {Tree} tree the pack's files in its order
 * @param {Pack} pack
 * @param {{ only?: (path: string) => boolean, onRead?: (path: string) => void }} [choice] which of
 *     them, and what to call when the bytes of one are first asked for
 */
export function mount(FS, tree, pack, { only, onRead } = {}) {
  let start = 0;
  /** @type {Map<string, any>} */
  const folders = new Map();
  for (const [path, size] of tree) {
    if (!only || only(path)) {
      const end = path.lastIndexOf("/");
      const parent = folderAt(FS, path.slice(0, end), folders);
      place(FS, parent, path.slice(end + 1), start, size, pack, onRead && (() => onRead(path)));
    }
    start += size;
  }
}

/**
 * Make a folder where there is none. Emscripten's own `mkdirTree` looks every path up from the root,
 * and throws for each that exists.
 *
 * @param {any} FS @param {string} path @param {Map<string, any>} known nodes by path
 */
function folderAt(FS, path, known) {
  let node = known.get(path);
  if (node) return node;
  const end = path.lastIndexOf("/");
  if (end <= 0) {
    FS.mkdirTree(path || "/");
    node = FS.lookupPath(path || "/").node;
  } else {
    const parent = folderAt(FS, path.slice(0, end), known);
    const name = path.slice(end + 1);
    const FOLDER = 0o040777;
    node = parent.contents[name] ?? parent.node_ops.mknod(parent, name, FOLDER, 0);
  }
  known.set(path, node);
  return node;
}

/**
 * @param {any} FS @param {any} parent the folder's node @param {string} name
 * @param {number} start @param {number} size @param {Pack} pack @param {(() => void) | undefined} onRead
 */
function place(FS, parent, name, start, size, pack, onRead) {
  const FILE = 0o100644;
  const node = parent.contents[name] ?? parent.node_ops.mknod(parent, name, FILE, 0);
  node.usedBytes = size;
  Object.defineProperty(node, "contents", {
    configurable: true,
    enumerable: true,
    get() {
      onRead?.();
      const contents = pack.now(FS).subarray(start, start + size);
      settle(contents);
      return contents;
    },
    set: settle,
  });
  /** @param {unknown} value */
  function settle(value) {
    Object.defineProperty(node, "contents", { value, writable: true, configurable: true, enumerable: true });
  }
}
