import { strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { readAll } from "../expand/command-sub.ts";
import { runText } from "../interp/script.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import { percentQ } from "../text/quote.ts";
import { isName, resolveName, writable } from "../vars/assign.ts";
import { setElement, toArray } from "../vars/variable.ts";
import { failWith, parseOptions } from "./options.ts";

/** `mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [array]`. */
export function* mapfile(sh: Shell, args: readonly string[], who: string): Task<number> {
  const usage = `${who} [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]`;
  const options = yield* parseOptions(sh, who, args, "d:n:O:s:tu:C:c:", usage);
  if (!options) return 2;
  const { flags, values, rest } = options;
  const name = rest[0] ?? "MAPFILE";
  if (!isName(name)) return yield* failWith(sh, `${who}: \`${name}': not a valid identifier`);
  const fd = Number(values.get("u") ?? 0);
  if (!sh.sys.fds().includes(fd)) return yield* failWith(sh, `${who}: ${values.get("u") ?? ""}: invalid file descriptor: ${strerror("EBADF")}`);
  const delimiter = values.get("d") ?? "\n";
  const lines = cut(decode(yield* readAll(sh, fd)), delimiter === "" ? "\0" : delimiter.slice(0, 1), flags.has("t"));
  const count = Number(values.get("n") ?? 0);
  const skipped = lines.slice(Number(values.get("s") ?? 0));
  const chosen = count > 0 ? skipped.slice(0, count) : skipped;
  const v = writable(sh, resolveName(sh, name).name);
  toArray(v, "indexed");
  if (!values.has("O")) v.items.clear();
  v.assigned = true;
  const origin = Number(values.get("O") ?? 0);
  const callback = values.get("C");
  const quantum = Number(values.get("c") ?? 5000);
  for (let i = 0; i < chosen.length; i++) {
    if (callback !== undefined && (i + 1) % quantum === 0) yield* runText(sh, `${callback} ${origin + i} ${percentQ(chosen[i] ?? "")}`);
    setElement(v, String(origin + i), chosen[i] ?? "");
  }
  return 0;
}

function cut(text: string, delimiter: string, trim: boolean): string[] {
  const lines = text.split(delimiter);
  const last = lines.pop() ?? "";
  const whole = lines.map((line) => (trim || delimiter === "\0" ? line : line + delimiter));
  return last === "" ? whole : [...whole, last];
}
