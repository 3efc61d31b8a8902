/**
 * POSIX extended regular expressions of `[[ x =~ re ]]`, translated to the language's own. The source is a
 * pattern as the expander builds it: a backslash quotes the next character. Null when it is malformed.
 */
export function compileRegex(source: string, ignoreCase: boolean): RegExp | null {
  try {
    return new RegExp(translate(source), ignoreCase ? "isu" : "su");
  } catch {
    return null;
  }
}

function translate(source: string): string {
  let out = "";
  for (let i = 0; i < source.length;) {
    const ch = String.fromCodePoint(source.codePointAt(i) ?? 0);
    if (ch === "\\") {
      out += escaped(source[i + 1] ?? "\\");
      i += 2;
    } else if (ch === "[") {
      const set = bracketSet(source, i);
      if (!set) throw new SyntaxError("unmatched [");
      out += set.text;
      i = set.next;
    } else {
      if (ch === "{" && /(^|[(|])$/.test(source.slice(0, i))) throw new SyntaxError("nothing to repeat");
      out += ch === "{" && !/^\{\d*,?\d*\}/.test(source.slice(i)) ? "\\{" : ch === "}" && !/\{\d*,?\d*$/.test(source.slice(0, i)) ? "\\}" : ch === "]" ? "\\]" : ch;
      i += ch.length;
    }
  }
  return out;
}

/** `\w` and friends are GNU extensions; anything else stands for itself. */
function escaped(ch: string): string {
  if (/[wWsSbB]/.test(ch)) return `\\${ch}`;
  if (ch === "<" || ch === ">") return "\\b";
  return /[\^$\\.*+?()[\]{}|/]/.test(ch) ? `\\${ch}` : ch;
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "\\p{L}", digit: "0-9", alnum: "\\p{L}0-9", upper: "\\p{Lu}", lower: "\\p{Ll}", space: "\\s", blank: " \\t",
  punct: "!-\\/:-@\\[-`\\{-~", print: " -~\\u0080-\\uffff", graph: "!-~\\u0080-\\uffff", cntrl: "\\x00-\\x1f\\x7f", xdigit: "0-9a-fA-F",
};

function bracketSet(source: string, at: number): { text: string; next: number } | null {
  let i = at + 1;
  let text = "[";
  if (source[i] === "^") { text += "^"; i++; }
  for (let first = true; ; first = false) {
    const ch = source[i];
    if (ch === undefined) return null;
    if (ch === "]" && !first) return { text: text + "]", next: i + 1 };
    const named = /^\[([:.=])(.+?)\1\]/.exec(source.slice(i, i + 24));
    if (named) {
      text += named[1] === ":" ? CLASSES[named[2] ?? ""] ?? "" : setChar(named[2] ?? "");
      i += named[0].length;
    } else if (ch === "\\" && i + 1 < source.length) {
      text += setChar(source[i + 1] ?? "");
      i += 2;
    } else {
      text += ch === "-" ? "-" : setChar(ch);
      i++;
    }
  }
}

const setChar = (ch: string): string => (/[\]\\^[/&|~!#$%()*+,.:;<=>?@`{}-]/.test(ch) ? (/[\]\\^[/|(){}.*+?$-]/.test(ch) ? `\\${ch}` : ch) : ch);
