import type { Task } from "../os/sys.ts";
import { sourceText } from "./builtins/control.ts";
import type { Shell } from "./state.ts";
import { decode } from "./text/bytes.ts";

/** Sources a start-up file when it exists. */
export function* sourceIfThere(sh: Shell, path: string): Task<void> {
  const bytes = sh.sys.readFile(path);
  if (typeof bytes !== "string") yield* sourceText(sh, path, decode(bytes), []);
}
