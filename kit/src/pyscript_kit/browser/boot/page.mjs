/**
 * The document that everything here is about.
 *
 * @module
 */

export const root = document.documentElement;

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);
