import type { Task } from "../../os/sys.ts";
import { readLine } from "../builtins/read-line.ts";
import { promptText } from "../expand/prompt.ts";
import type { Shell } from "../state.ts";

/** Where an interactive shell gets its lines from: the editor on a terminal, else plain reads. */
export class LineInput {
  readonly #sh: Shell;

  constructor(sh: Shell, _editing: boolean) {
    this.#sh = sh;
  }

  *line(prompt: "PS1" | "PS2"): Task<{ readonly text: string } | "interrupted" | null> {
    const text = yield* promptText(this.#sh, this.#sh.get(prompt) ?? "");
    yield* this.#sh.write(2, text.replace(/[\x01\x02]/g, ""));
    const read = yield* readLine(this.#sh, 0, { delimiter: "\n", raw: true });
    return read.ended && read.text === "" ? null : { text: read.text };
  }

  remember(text: string): void {
    if (text.trim() !== "") this.#sh.history.push(text);
  }
}
