import type { Program } from "../os/sys.ts";

/** true(1): succeeds, whatever it is told. */
export const trueProgram: Program = function* () {
  return 0;
};

/** false(1). */
export const falseProgram: Program = function* () {
  return 1;
};
