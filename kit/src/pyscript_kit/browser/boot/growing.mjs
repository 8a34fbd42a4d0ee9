/**
 * Makes elements of what was kept of a page.
 *
 * @module
 */

/** @typedef {string | [name: string, attributes: Record<string, string>, children: any[]]} Tree */

const HTML = "http://www.w3.org/1999/xhtml";
/** @type {Record<string, string>} */
const NAMESPACES = { svg: "http://www.w3.org/2000/svg", math: "http://www.w3.org/1998/Math/MathML" };

/**
 * Elements of a tree, without any markup that would have to be trusted.
 *
 * @param {Tree} tree
 * @param {string} [around] the namespace of what it is in
 * @returns {Node}
 */
export function grown(tree, around = HTML) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [name, attributes, children] = tree;
  const namespace = NAMESPACES[name] ?? around;
  const element = document.createElementNS(namespace, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children.map((child) => grown(child, name === "foreignObject" ? HTML : namespace)));
  return element;
}
