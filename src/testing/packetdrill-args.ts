/** Arguments of a script's system call: text between brackets, cut at commas that stand outside of brackets and quotes. */
export function splitArgs(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') at = closingQuote(text, at);
    else if ("([{".includes(c)) depth++;
    else if (")]}".includes(c)) depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === "" && parts.length === 0 ? [] : [...parts, last];
}

function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** "A|B|C" as a set of words. */
export const flagWords = (text: string | undefined): ReadonlySet<string> => new Set((text ?? "").split("|").map((w) => w.trim()).filter((w) => w !== "" && w !== "0"));

/** "[1]", "1", "0x10": the integer; NaN when it is none. */
export const intArg = (text: string | undefined): number => {
  const bare = (text ?? "").replace(/^\[\s*(.*?)\s*\]$/, "$1");
  return bare === "" ? Number.NaN : Number(bare);
};

/** Inside of "[…]" or a quoted string. */
export const inner = (text: string | undefined): string => (text ?? "").replace(/^\[\s*(.*?)\s*\]$/, "$1").replace(/^"(.*)"$/, "$1");

/** Fields of "{fd=4, events=POLLIN}". */
export function structFields(text: string): ReadonlyMap<string, string> {
  const body = text.trim().replace(/^\{/, "").replace(/\}$/, "");
  return new Map(splitArgs(body).map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, at).trim().replace(/\(.*\)$/, ""), part.slice(at + 1).trim()] as const;
  }));
}

/** Total of an iovec array "[{..., 1000}, {..., 20}]". */
export const iovecBytes = (text: string): number =>
  splitArgs(text.trim().replace(/^\[/, "").replace(/\]$/, "")).reduce((sum, one) => sum + Number(splitArgs(one.trim().replace(/^\{/, "").replace(/\}$/, "")).at(-1) ?? 0), 0);
