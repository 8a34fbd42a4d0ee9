import { words } from "./words.js";

export const to = (name) => `${words} ${name}`;
