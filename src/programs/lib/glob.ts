/** fnmatch(3): `*`, `?` and `[…]` over a whole name. */
export function globRegex(pattern: string, flags = ""): RegExp {
  let out = "";
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] ?? "";
    const set = c === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i)) : null;
    if (set !== null) {
      out += `[${set[1] === "" ? "" : "^"}${(set[2] ?? "").replace(/[\\\]]/g, "\\$&")}]`;
      i += set[0].length - 1;
    } else if (c === "\\" && i + 1 < pattern.length) out += escape(pattern[++i] ?? "");
    else out += c === "*" ? "[^]*" : c === "?" ? "[^]" : escape(c);
  }
  return new RegExp(`^${out}$`, flags);
}

const escape = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
