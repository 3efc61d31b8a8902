/** A request's first line and its fields, as ngx_http_parse.c takes and refuses them. */

export interface RequestLine {
  readonly is: "line";
  readonly method: string;
  /** As written, without scheme and host. */
  readonly target: string;
  /** From an absolute URI. */
  readonly host: string | undefined;
  /** 9, 10, 11 … */
  readonly version: number;
}

export type LineResult = RequestLine | { readonly is: "bad"; readonly status: 400 | 505; readonly why: string; /** HTTP/0.9: the answer has no head. */ readonly old?: boolean };

const bad = (why: string, status: 400 | 505 = 400): LineResult => ({ is: "bad", status, why });

/** One line without its end. */
export function parseRequestLine(line: string): LineResult {
  const method = /^[A-Z_-]*/.exec(line)?.[0] ?? "";
  if (method === "" || line[method.length] !== " ") return bad("client sent invalid method");
  const invalid = bad("client sent invalid request");
  const rest = line.slice(method.length).replace(/^ +/, "");
  const space = rest.indexOf(" ");
  const uri = space < 0 ? rest : rest.slice(0, space);
  if (!/^(\/|[A-Za-z])/.test(uri) || /[\x00-\x1f\x7f]/.test(uri)) return invalid;
  const target = splitTarget(uri);
  if (target === null) return invalid;
  const after = space < 0 ? "" : rest.slice(space).replace(/^ +/, "");
  if (after === "") return method === "GET" ? { is: "line", method, ...target, version: 9 } : { is: "bad", status: 400, why: "client sent invalid method in HTTP/0.9 request", old: true };
  return withVersion(method, target, after, invalid);
}

function withVersion(method: string, target: { target: string; host: string | undefined }, after: string, invalid: LineResult): LineResult {
  const m = /^HTTP\/([1-9]\d*)\.(\d{1,3}) *$/.exec(after);
  if (m === null) return invalid;
  const [major, minor] = [Number(m[1]), Number(m[2])];
  if (major > 1) return bad("client sent invalid version", 505);
  return minor > 99 ? invalid : { is: "line", method, ...target, version: major * 1000 + minor === 1000 ? 10 : major * 10 + minor };
}

function splitTarget(uri: string): { target: string; host: string | undefined } | null {
  if (uri.startsWith("/")) return { target: uri, host: undefined };
  const m = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([A-Za-z0-9.-]*|\[[^\]/]*\])(:\d*)?([/?].*)?$/s.exec(uri);
  if (m === null || (m[1] ?? "") === "") return null;
  const path = m[3] ?? "/";
  return { target: path.startsWith("/") ? path : `/${path}`, host: `${m[1]}` };
}

export interface Field {
  readonly name: string;
  readonly lower: string;
  readonly value: string;
}

export type FieldResult = { readonly is: "field"; readonly field: Field; /** An odd character in the name. */ readonly odd: boolean } | { readonly is: "bad" };

/** One field line without its end. */
export function parseField(line: string, underscores: boolean): FieldResult {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  if (name === "" || /[\x00-\x20\x7f]/.test(name) || line.includes("\0")) return { is: "bad" };
  const odd = !(underscores ? /^[A-Za-z0-9_-]+$/ : /^[A-Za-z0-9-]+$/).test(name);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ +| +$/g, "");
  return { is: "field", field: { name, lower: name.toLowerCase(), value }, odd };
}
