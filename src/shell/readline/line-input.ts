import type { Task } from "../../os/sys.ts";
import { readLine } from "../builtins/read-line.ts";
import { promptText } from "../expand/prompt.ts";
import type { Shell } from "../state.ts";
import { Editor, type LineEnd } from "./editor.ts";
import { expandHistory } from "./history.ts";

/** Where an interactive shell gets its lines from: the editor on a terminal, else plain reads. */
export class LineInput {
  readonly #sh: Shell;
  readonly #editor: Editor | undefined;

  constructor(sh: Shell, editing: boolean) {
    this.#sh = sh;
    this.#editor = editing ? new Editor(sh) : undefined;
  }

  *line(prompt: "PS1" | "PS2"): Task<LineEnd> {
    const sh = this.#sh;
    const text = yield* promptText(sh, sh.get(prompt) ?? "");
    const end = this.#editor ? yield* this.#editor.read(text) : yield* this.#plain(text);
    if (end === null || end === "interrupted" || !sh.on("histexpand") || !this.#editor) return end;
    return yield* this.#expanded(end.text);
  }

  /** History expansion: the new line is shown before it runs. */
  *#expanded(text: string): Task<LineEnd> {
    const after = expandHistory(this.#sh.history, text);
    if (after.missing !== undefined) {
      yield* this.#sh.complain(`${after.missing}: event not found`);
      return "interrupted";
    }
    if (after.text !== text) yield* this.#sh.write(2, after.text + "\n");
    return { text: after.text };
  }

  *#plain(prompt: string): Task<LineEnd> {
    const sh = this.#sh;
    yield* sh.write(2, prompt.replace(/[\x01\x02]/g, ""));
    const read = yield* readLine(sh, 0, { delimiter: "\n", raw: true });
    return read.ended && read.text === "" ? null : { text: read.text };
  }

  /** Adds a command to the history, after HISTCONTROL. */
  remember(text: string): void {
    const control = this.#sh.get("HISTCONTROL") ?? "";
    const { history } = this.#sh;
    if (text.trim() === "" || !this.#sh.on("history")) return;
    if (/ignorespace|ignoreboth/.test(control) && text.startsWith(" ")) return;
    if (/ignoredups|ignoreboth/.test(control) && history.at(-1) === text) return;
    history.push(text);
  }
}
