import type { Task } from "../os/sys.ts";
import { readLine } from "./builtins/read-line.ts";
import { Discard } from "./control.ts";
import { runText } from "./interp/script.ts";
import type { Shell } from "./state.ts";
import { isIncomplete } from "./syntax.ts";

/** A script on standard input is read line by line, so that `read` in it gets the lines that follow. */
export function* runStdin(sh: Shell): Task<number> {
  let pending = "";
  let firstLine = 1;
  for (let line = 1; ; line++) {
    const read = yield* readLine(sh, 0, { delimiter: "\n", raw: true });
    const last = read.ended;
    if (!(last && read.text === "")) {
      if (sh.on("verbose")) yield* sh.write(2, read.text + (last ? "" : "\n"));
      pending += read.text + "\n";
    }
    if (last || !isIncomplete(pending)) {
      yield* runChunk(sh, pending, firstLine);
      pending = "";
      firstLine = line + 1;
    }
    if (last) return sh.status;
  }
}

function* runChunk(sh: Shell, text: string, firstLine: number): Task<void> {
  if (text.trim() === "") return;
  try {
    yield* runText(sh, text, { firstLine, fatal: true });
  } catch (leave) {
    if (!(leave instanceof Discard)) throw leave;
    sh.status = leave.status;
  }
}
