import { STDIN, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { runInput, type Session } from "./run.ts";

const PROMPT = "nft> ";
const CHUNK = 4096;

/** `nft -i`: one transaction a line until `quit` or the end of input. A terminal gets a prompt, a pipe gets none. */
export function* interactive(sys: Sys, session: Session): Task<number> {
  const prompt = sys.isatty(STDIN) ? PROMPT : "";
  let pending = "";
  for (;;) {
    if (prompt !== "") yield* sys.write(STDOUT, prompt);
    const line = yield* readLine(sys, pending);
    if (line === null) return 0;
    pending = line.rest;
    if (line.text === "quit") return 0;
    if (line.text.trim() !== "") yield* runInput(sys, { ...session, optimize: false }, { name: null, text: `${line.text}\n`, from: null });
  }
}

/** A line without its end; the last one may have none. null = no more. */
function* readLine(sys: Sys, before: string): Task<{ readonly text: string; readonly rest: string } | null> {
  let text = before;
  for (;;) {
    const end = text.indexOf("\n");
    if (end >= 0) return { text: text.slice(0, end), rest: text.slice(end + 1) };
    const bytes = yield* sys.read(STDIN, CHUNK);
    if (typeof bytes === "string") return null;
    if (bytes.length === 0) return text === "" ? null : { text, rest: "" };
    text += fromUtf8(bytes);
  }
}
