/** One key press: a printable character, or a name such as "C-a", "M-b", "Up", "C-Right". Pasted text comes whole. */
export type Key = { readonly is: "text"; readonly text: string } | { readonly is: "key"; readonly name: string } | { readonly is: "paste"; readonly text: string };

const FINAL: Readonly<Record<string, string>> = { A: "Up", B: "Down", C: "Right", D: "Left", H: "Home", F: "End", Z: "S-Tab" };
const TILDE: Readonly<Record<string, string>> = { 1: "Home", 2: "Insert", 3: "Delete", 4: "End", 5: "PageUp", 6: "PageDown", 7: "Home", 8: "End" };
const PASTE_END = "\x1b[201~";

/** Turns what a terminal sends into keys. Sequences may arrive in pieces. */
export class KeyDecoder {
  #pending = "";

  feed(text: string): Key[] {
    this.#pending += text;
    const keys: Key[] = [];
    for (;;) {
      const one = this.#next();
      if (!one) return keys;
      keys.push(one);
    }
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #next(): Key | null {
    const first = this.#pending[0];
    if (first === undefined) return null;
    if (first === "\x1b") return this.#escape();
    const ch = this.#take(String.fromCodePoint(this.#pending.codePointAt(0) ?? 0).length);
    return plainKey(ch);
  }

  #escape(): Key | null {
    const rest = this.#pending;
    if (rest.length === 1) return null;
    if (rest.startsWith("\x1b[200~")) return this.#paste();
    const csi = /^\x1b\[([0-9;]*)([A-Za-z~])/.exec(rest);
    if (csi) {
      this.#take(csi[0].length);
      return { is: "key", name: csiName(csi[1] ?? "", csi[2] ?? "") };
    }
    if (/^\x1b\[[0-9;]*$/.test(rest) || rest === "\x1bO") return null;
    const ss3 = /^\x1bO([A-Za-z])/.exec(rest);
    if (ss3) {
      this.#take(3);
      return { is: "key", name: FINAL[ss3[1] ?? ""] ?? "unknown" };
    }
    this.#take(1);
    const key = plainKey(this.#take(1));
    return { is: "key", name: `M-${key.is === "text" ? key.text : key.is === "key" ? key.name : ""}` };
  }

  #paste(): Key | null {
    const end = this.#pending.indexOf(PASTE_END);
    if (end < 0) return null;
    const text = this.#take(end + PASTE_END.length).slice(6, -PASTE_END.length);
    return { is: "paste", text: text.replace(/\r\n?/g, "\n") };
  }
}

function plainKey(ch: string): Key {
  const code = ch.charCodeAt(0);
  if (ch === "\r" || ch === "\n") return { is: "key", name: "Enter" };
  if (ch === "\t") return { is: "key", name: "Tab" };
  if (code === 0x7f || code === 8) return { is: "key", name: "Backspace" };
  if (code < 0x20) return { is: "key", name: "C-" + String.fromCharCode(code + 96) };
  return { is: "text", text: ch };
}

/** `ESC [ 1 ; 5 C` = Ctrl-Right: the second number says which modifiers. */
function csiName(params: string, final: string): string {
  const [number = "", modifier] = params.split(";");
  const name = final === "~" ? TILDE[number] : FINAL[final];
  const bits = Number(modifier ?? 1) - 1;
  return `${bits & 4 ? "C-" : ""}${bits & 2 ? "M-" : ""}${name ?? "unknown"}`;
}
