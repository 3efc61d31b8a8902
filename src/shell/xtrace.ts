import type { Assignment } from "unbash";
import type { Task } from "../os/sys.ts";
import { Complaint } from "./control.ts";
import { promptText } from "./expand/prompt.ts";
import type { Given } from "./interp/arguments.ts";
import type { Shell } from "./state.ts";
import { singleQuote, traceQuote } from "./text/quote.ts";

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

/** Assignments of a `declare`: shown one by one, values quoted, before the command itself. */
export function* traceDeclaration(sh: Shell, words: readonly (string | Given)[]): Task<void> {
  const shown: string[] = [];
  const lists = words.filter((w): w is Given => typeof w !== "string" && typeof w.value !== "string");
  for (const g of lists) {
    const items = typeof g.value === "string" ? [] : g.value;
    yield* traceCommand(sh, `${g.name}${g.append ? "+" : ""}=(${items.map((e) => (e.key === undefined ? "" : `[${singleQuote(e.key)}]=`) + singleQuote(e.value)).join(" ")})`);
  }
  for (const w of words) shown.push(typeof w === "string" ? traceQuote(w) : typeof w.value === "string" ? traceQuote(`${w.name}${w.append ? "+" : ""}=${w.value}`) : w.name);
  yield* traceCommand(sh, shown.join(" "));
  for (const w of words) if (typeof w !== "string" && typeof w.value === "string" && /^(export|readonly)$/.test(String(words[0]))) yield* traceAssignments(sh, [w], []);
}

/** A compound command's head, as written. */
export function* traceCommand(sh: Shell, text: string): Task<void> {
  yield* sh.write(traceFd(sh), (yield* prefix(sh)) + text + "\n");
}

/** `sources`: how the values were written; lists are shown so. */
export function* traceAssignments(sh: Shell, given: readonly Given[], sources: readonly Assignment[]): Task<void> {
  for (let i = 0; i < given.length; i++) {
    const g = given[i];
    if (!g) continue;
    const head = `${g.name}${g.subscript === undefined ? "" : `[${g.subscript}]`}${g.append ? "+" : ""}=`;
    if (typeof g.value === "string") yield* traceCommand(sh, head + (g.value === "" ? "" : traceQuote(g.value)));
    else yield* traceCommand(sh, sources[i]?.text ?? head);
  }
}
