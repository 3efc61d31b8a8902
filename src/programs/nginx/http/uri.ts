/** URIs: what ngx_http_parse_complex_uri and ngx_escape_uri make of them. Strings have one character a byte. */

export interface ParsedUri {
  /** Decoded, without dots, with single slashes. */
  readonly uri: string;
  /** After the question mark; "" = none. */
  readonly args: string;
}

const MERGED = "%#?";

/** null: a bad escape, a NUL, or dots that lead out of the root. */
export function parseUri(raw: string, mergeSlashes: boolean): ParsedUri | null {
  const out: string[] = [];
  let state: "usual" | "slash" | "dot" | "dots" = "usual";
  for (let at = 0; at < raw.length; at++) {
    let c = raw[at] ?? "";
    let literal = false;
    if (c === "%") {
      const hex = /^[0-9a-fA-F]{2}/.exec(raw.slice(at + 1, at + 3))?.[0];
      if (hex === undefined) return null;
      c = String.fromCharCode(parseInt(hex, 16));
      if (c === "\0") return null;
      literal = MERGED.includes(c);
      at += 2;
    }
    if (!literal && (c === "?" || c === "#")) {
      if (!closeDots(out, state)) return null;
      return { uri: out.join(""), args: c === "?" ? raw.slice(at + 1).replace(/#.*$/s, "") : "" };
    }
    const next = step(out, state, literal ? "x" : c, c, mergeSlashes);
    if (next === null) return null;
    state = next;
  }
  return closeDots(out, state) ? { uri: out.join(""), args: "" } : null;
}

type State = "usual" | "slash" | "dot" | "dots";

function step(out: string[], state: State, kind: string, c: string, mergeSlashes: boolean): State | null {
  if (kind === "/") {
    if (state === "slash" && mergeSlashes) return "slash";
    if (state === "dot") {
      out.pop();
      return "slash";
    }
    if (state === "dots") return closeDots(out, state) ? "slash" : null;
    out.push(c);
    return "slash";
  }
  out.push(c);
  if (kind === "." && state === "slash") return "dot";
  return kind === "." && state === "dot" ? "dots" : "usual";
}

/** Removes a last `.` or the folder before a last `..`. */
function closeDots(out: string[], state: State): boolean {
  if (state === "dot") out.pop();
  if (state !== "dots") return true;
  out.length -= 3;
  while (out.length > 0 && out[out.length - 1] !== "/") out.pop();
  return out.length > 0;
}

const percent = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** NGX_ESCAPE_URI: for what is sent on, and Location. */
export const escapeUri = (uri: string): string => uri.replace(/[\x00-\x20"#%<>?\\^`{|}\x7f-\xff]/g, percent);
/** NGX_ESCAPE_ARGS: a capture that goes into arguments. */
export const escapeArgs = (text: string): string => text.replace(/[\x00-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/g, percent);

/** What stands after the last dot of the last segment. */
export const extensionOf = (uri: string): string => /\.([^./]*)$/.exec(uri)?.[1] ?? "";

/** Host header or authority: name without port, lower case; null = not a host. */
export function validHost(host: string): string | null {
  let name = host;
  if (name.startsWith("[")) {
    const end = name.indexOf("]");
    if (end < 0) return null;
    name = name.slice(0, end + 1);
  } else {
    const colon = name.indexOf(":");
    if (colon >= 0) name = name.slice(0, colon);
  }
  if (/[\x00-\x20\x7f/]/.test(host) || name.includes("..")) return null;
  name = name.replace(/\.$/, "");
  return name === "" ? null : name.toLowerCase();
}
