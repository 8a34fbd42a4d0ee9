export const words = "hello";
