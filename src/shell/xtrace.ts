import type { Task } from "../os/sys.ts";
import { Complaint } from "./control.ts";
import { promptText } from "./expand/prompt.ts";
import type { Given } from "./interp/arguments.ts";
import type { Shell } from "./state.ts";
import { traceQuote } from "./text/quote.ts";

/** `set -x`: PS4, its first character once more for each level of `eval` and subshell. */
function* prefix(sh: Shell): Task<string> {
  const ps4 = sh.get("PS4") ?? "+ ";
  sh.setOption("xtrace", false);
  try {
    const text = yield* promptText(sh, ps4);
    return text.slice(0, 1).repeat(sh.traceDepth) + text;
  } catch (e) {
    if (!(e instanceof Complaint)) throw e;
    yield* sh.complain(e.message);
    return ps4;
  } finally {
    sh.setOption("xtrace", true);
  }
}

const traceFd = (sh: Shell): number => {
  const fd = sh.get("BASH_XTRACEFD");
  return fd !== undefined && /^\d+$/.test(fd) ? Number(fd) : 2;
};

/** A compound command's head, as written. */
export function* traceCommand(sh: Shell, text: string): Task<void> {
  yield* sh.write(traceFd(sh), (yield* prefix(sh)) + text + "\n");
}

export function* traceWords(sh: Shell, words: readonly string[]): Task<void> {
  yield* traceCommand(sh, words.map(traceQuote).join(" "));
}

export function* traceAssignments(sh: Shell, given: readonly Given[]): Task<void> {
  for (const g of given) {
    const head = `${g.name}${g.subscript === undefined ? "" : `[${g.subscript}]`}${g.append ? "+" : ""}=`;
    const value = typeof g.value === "string" ? (g.value === "" ? "" : traceQuote(g.value)) : `(${g.value.map((e) => (e.key === undefined ? "" : `[${e.key}]=`) + traceQuote(e.value)).join(" ")})`;
    yield* traceCommand(sh, head + value);
  }
}
