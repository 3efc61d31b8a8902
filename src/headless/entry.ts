import { createHost } from "./host.ts";

/**
 * What `dist/headless.mjs` exports. The default export is the form in which conformance scorers take a
 * system under test: a name, and a way to make a blank machine.
 */
export { createHost };
export default { name: "knetsim", createHost };
