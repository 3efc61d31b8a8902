import { type Bad, bad } from "./ext/extension.ts";
import { REFUSED_TARGETS, TARGETS } from "./ext/registry.ts";
import { leadingNumber } from "./ext/values.ts";

/** Values of the options that iptables has by itself. */

/** Status that stands for "the message as it is, without the program's name, and exit 2". */
export const BAD_ARGUMENT = -2;

/** Names of chains and targets are shorter. */
export const MAX_NAME = 29;

/** Why a chain cannot be called so. */
export function chainNameProblem(name: string): Bad | undefined {
  if (name.length >= MAX_NAME) return bad(`chain name \`${name}' too long (must be under ${MAX_NAME} chars)`);
  if (/^[-!]/.test(name)) return bad(`chain name not allowed to start with \`${name.charAt(0)}'`);
  if (TARGETS.has(name) || REFUSED_TARGETS.has(name)) return bad("chain name may not clash with target name");
  return /\s/.test(name) ? bad(`Invalid chain name \`${name}'`) : undefined;
}

/** `-c packets bytes`. */
export function parseCounterPair(packets: string, bytes: string): readonly [number, number] | Bad {
  const p = leadingNumber(packets, 0, Number.MAX_SAFE_INTEGER);
  const b = leadingNumber(bytes, 0, Number.MAX_SAFE_INTEGER);
  if (p === null) return bad("-c packet counter not numeric");
  return b === null ? bad("-c byte counter not numeric") : [p.n, b.n];
}

/** `-w [seconds]`: there is no lock to wait for. */
export function waitProblem(word: string | undefined): string | undefined {
  return word !== undefined && leadingNumber(word.replace(/^-/, ""), 0, 0xffffffff) === null ? "wait seconds not numeric" : undefined;
}

/** `-W usec`. */
export function intervalProblem(word: string | undefined): string | undefined {
  if (word === undefined) return "wait interval value required";
  const usec = leadingNumber(word, 0, 0xffffffff);
  if (usec === null) return "wait interval not numeric";
  return usec.n > 999999 ? `too long usec wait ${usec.n} > 999999 usec` : undefined;
}
