/** URLs as curl 7.88 takes them apart (urlapi.c): tolerant, with guessed schemes and old-style IPv4 numbers. Byte strings throughout. */
export interface CurlUrl {
  scheme: string;
  user: string | undefined;
  password: string | undefined;
  /** Lower or mixed case as given; an IPv6 address keeps its brackets. */
  host: string;
  /** As written, or null. */
  port: number | null;
  /** Starts with "/". */
  path: string;
  query: string | undefined;
  fragment: string | undefined;
}

/** What is wrong, in the words of curl_url_strerror(3). */
export const URL_ERRORS = {
  BAD_PORT: "Port number was not a decimal number between 0 and 65535",
  MALFORMED: "Malformed input to a URL function",
  NO_HOST: "No host part in the URL",
  UNSUPPORTED_SCHEME: "Unsupported URL scheme",
  BAD_IPV6: "Bad IPv6 address",
  BAD_HOST: "Bad hostname",
  BAD_FILE_URL: "Bad file:// URL",
  BAD_SLASHES: "Unsupported number of slashes following scheme",
  BAD_SCHEME: "Bad scheme",
} as const;
export type UrlError = keyof typeof URL_ERRORS;

/** Default ports of the schemes the real curl is built with. */
export const SCHEME_PORTS: Readonly<Record<string, number>> = {
  http: 80, https: 443, ftp: 21, ftps: 990, scp: 22, sftp: 22, smb: 445, smbs: 445, smtp: 25, smtps: 465, telnet: 23, tftp: 69, dict: 2628, ldap: 389,
  ldaps: 636, imap: 143, imaps: 993, pop3: 110, pop3s: 995, gopher: 70, gophers: 70, rtsp: 554, mqtt: 1883, rtmp: 1935, file: 0,
};
const KNOWN_SCHEMES = new Set(Object.keys(SCHEME_PORTS));

export interface ParseOptions {
  /** A URL without a scheme gets one by its host's name. Default true; a redirect's target does not. */
  readonly guessScheme?: boolean;
  readonly anyScheme?: boolean;
  readonly allowSpace?: boolean;
  /** Encode what may not stand in a URL, as for redirects. */
  readonly encode?: boolean;
  readonly pathAsIs?: boolean;
}

/** The scheme and its colon's place, when the text begins with one. */
export function schemeOf(url: string, guess: boolean): string | null {
  const found = /^([A-Za-z0-9+.-]{1,40}):/.exec(url);
  if (found === null || (guess && url[found[0].length] !== "/")) return null;
  return found[1]!.toLowerCase();
}

/** Control bytes never, spaces only where allowed. */
const hasJunk = (text: string, allowSpace: boolean): boolean => (allowSpace ? /[\x01-\x1f\x7f]/ : /[\x01-\x20\x7f]/).test(text);

export function parseUrl(text: string, options: ParseOptions = {}): CurlUrl | UrlError {
  const guess = options.guessScheme ?? true;
  const scheme = schemeOf(text, guess);
  if (scheme === "file") return parseFileUrl(text, options);
  if (scheme === null && !guess) return "BAD_SCHEME";
  let rest = text;
  if (scheme !== null) {
    const slashes = /^\/{0,4}/.exec(text.slice(scheme.length + 1))![0].length;
    if (!KNOWN_SCHEMES.has(scheme) && options.anyScheme !== true) return "UNSUPPORTED_SCHEME";
    if (slashes < 1 || slashes > 3) return "BAD_SLASHES";
    rest = text.slice(scheme.length + 1 + slashes);
  }
  const hostEnd = rest.search(/[/?#]/);
  const authority = hostEnd < 0 ? rest : rest.slice(0, hostEnd);
  if (authority === "") return "NO_HOST";
  const tail = splitTail(hostEnd < 0 ? "" : rest.slice(hostEnd), options);
  if (typeof tail === "string") return tail;
  const host = parseAuthority(authority, scheme !== null, options.allowSpace === true);
  if (typeof host === "string") return host;
  return { scheme: scheme ?? guessScheme(host.host), ...host, ...tail };
}

type Tail = Pick<CurlUrl, "path" | "query" | "fragment">;

function splitTail(text: string, options: ParseOptions): Tail | UrlError {
  if (hasJunk(text, options.allowSpace === true || options.encode === true)) return "MALFORMED";
  const hash = text.indexOf("#");
  const fragment = hash < 0 || hash === text.length - 1 ? undefined : text.slice(hash + 1);
  const before = hash < 0 ? text : text.slice(0, hash);
  const mark = before.indexOf("?");
  let query = mark < 0 ? undefined : before.slice(mark + 1);
  let path = mark < 0 ? before : before.slice(0, mark);
  if (options.encode === true) {
    path = encodeUrl(path, false);
    query = query === undefined ? undefined : encodeUrl(query, true);
  }
  if (options.pathAsIs !== true) path = removeDots(path);
  return { path: path.startsWith("/") ? path : `/${path}`, query, fragment };
}

/** Bytes that may not stand in a URL become %XX; a space is %20 in a path and + in a query. */
export function encodeUrl(text: string, inQuery: boolean): string {
  let left = !inQuery;
  return text.replace(/[^]/g, (c) => {
    if (c === " ") return left ? "%20" : "+";
    if (c === "?") left = false;
    const code = c.charCodeAt(0);
    return code < 0x21 || code > 0x7e ? `%${code.toString(16).padStart(2, "0")}` : c;
  });
}

type Authority = Pick<CurlUrl, "user" | "password" | "host" | "port">;

function parseAuthority(text: string, hasScheme: boolean, allowSpace: boolean): Authority | UrlError {
  const at = text.lastIndexOf("@");
  const login = at < 0 ? undefined : text.slice(0, at);
  const colon = login?.indexOf(":") ?? -1;
  const user = login === undefined ? undefined : decode(colon < 0 ? login : login.slice(0, colon));
  const password = login === undefined || colon < 0 ? undefined : decode(login.slice(colon + 1));
  const split = splitPort(text.slice(at + 1), hasScheme);
  if (typeof split === "string") return split;
  const host = normaliseHost(split.host, allowSpace);
  return typeof host === "string" ? host : { user, password, host: host.name, port: split.port };
}

function splitPort(text: string, hasScheme: boolean): { host: string; port: number | null } | UrlError {
  const bracket = text.startsWith("[") ? text.indexOf("]") : 0;
  if (bracket < 0) return "BAD_IPV6";
  const after = text.slice(bracket === 0 ? 0 : bracket + 1);
  if (bracket > 0 && after !== "" && !after.startsWith(":")) return "BAD_PORT";
  const colon = text.indexOf(":", bracket);
  if (colon < 0) return { host: text, port: null };
  const digits = text.slice(colon + 1);
  // "host:" without digits is no port at all, but only with a scheme before it.
  if (digits === "") return hasScheme ? { host: text.slice(0, colon), port: null } : "BAD_PORT";
  if (!/^\d+$/.test(digits) || Number(digits) > 0xffff) return "BAD_PORT";
  return { host: text.slice(0, colon), port: Number(digits) };
}

function normaliseHost(text: string, allowSpace: boolean): { name: string } | UrlError {
  if (text === "") return "NO_HOST";
  if (hasJunk(text, allowSpace)) return "BAD_HOST";
  const dotted = normaliseIp4(text);
  if (dotted !== null) return { name: dotted };
  if (text.startsWith("[")) return /^\[[0-9a-fA-F:.]{2,}(%[^\]]+)?\]$/.test(text) ? { name: text } : "BAD_IPV6";
  const host = decode(text);
  return host === undefined || /[ \r\n\t/:#?!@{}[\]\\$'"^`*<>=;,+&()\0]/.test(host) ? "BAD_HOST" : { name: host };
}

/** Numbers as inet_aton(3) reads them, written as four decimal parts: `10.1` → 10.0.0.1, `0x7f.1`, `2130706433`. */
export function normaliseIp4(text: string): string | null {
  const parts = text.split(".");
  if (parts.length > 4) return null;
  const values = parts.map(partValue);
  if (values.some((v) => v === null)) return null;
  const last = values.length - 1;
  let n = 0;
  for (let i = 0; i <= last; i++) {
    const value = values[i] ?? 0;
    if (i < last && value > 255) return null;
    if (i === last && value >= 256 ** (4 - last)) return null;
    n += i === last ? value : value * 256 ** (3 - i);
  }
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join(".");
}

function partValue(part: string): number | null {
  const radix = /^0x[0-9a-f]+$/i.test(part) ? 16 : /^0[0-7]*$/.test(part) ? 8 : /^[1-9]\d*$/.test(part) ? 10 : null;
  const value = radix === null ? NaN : parseInt(radix === 16 ? part.slice(2) : part, radix);
  return value <= 0xffffffff ? value : null;
}

function parseFileUrl(text: string, options: ParseOptions): CurlUrl | UrlError {
  if (text.length <= 6) return "BAD_FILE_URL";
  let path = text.slice(5);
  if (path.startsWith("//")) {
    path = path.slice(2);
    if (!path.startsWith("/")) {
      const local = /^(?:localhost|127\.0\.0\.1)(?=\/)/i.exec(path);
      if (local === null) return "BAD_FILE_URL";
      path = path.slice(local[0].length);
    }
  }
  const tail = splitTail(path, options);
  if (typeof tail === "string") return tail;
  return { scheme: "file", user: undefined, password: undefined, host: "", port: null, ...tail };
}

/** RFC 3986 §5.2.4, as curl does it. */
function removeDots(path: string): string {
  if (!path.includes(".") || path.length < 2) return path;
  const out: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, i) => {
    const isLast = i === segments.length - 1;
    if (segment === "..") out.pop();
    if (segment !== "." && segment !== "..") out.push(segment);
    else if (isLast) out.push("");
  });
  return `/${out.join("/")}`;
}

const GUESSES = ["ftp", "dict", "ldap", "imap", "smtp", "pop3"];
const guessScheme = (host: string): string => GUESSES.find((scheme) => host.toLowerCase().startsWith(`${scheme}.`)) ?? "http";

/** %XX decoded; undefined when a zero byte comes out. */
function decode(text: string): string | undefined {
  const out = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return out.includes("\0") ? undefined : out;
}

export const decodeUrlPart = (text: string): string => decode(text) ?? text;

export const portOf = (url: CurlUrl): number => url.port ?? SCHEME_PORTS[url.scheme] ?? 0;

/** As a string; the port only when it was written. */
export function urlText(url: CurlUrl, withLogin = true, withFragment = true): string {
  if (url.scheme === "file") return `file://${url.path}`;
  const escape = (s: string): string => s.replace(/[^A-Za-z0-9\-._~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  const login = !withLogin || url.user === undefined ? "" : `${escape(url.user)}${url.password === undefined ? "" : `:${escape(url.password)}`}@`;
  const query = url.query === undefined || url.query === "" ? "" : `?${url.query}`;
  const fragment = !withFragment || url.fragment === undefined ? "" : `#${url.fragment}`;
  return `${url.scheme}://${login}${url.host}${url.port === null ? "" : `:${url.port}`}${url.path}${query}${fragment}`;
}

/** A redirect's target seen from where it was found. */
export function resolveUrl(base: CurlUrl, target: string, options: ParseOptions): CurlUrl | UrlError {
  const strict = { ...options, guessScheme: false };
  if (schemeOf(target, false) !== null) return parseUrl(target, strict);
  const origin = `${base.scheme}://${urlText({ ...base, path: "", query: undefined, fragment: undefined }).slice(base.scheme.length + 3)}`;
  const encoded = encodeUrl(target, false);
  if (encoded.startsWith("//")) return parseUrl(`${base.scheme}:${encoded}`, strict);
  if (encoded.startsWith("/")) return parseUrl(origin + encoded, strict);
  if (encoded.startsWith("?")) return parseUrl(origin + base.path + encoded, strict);
  return parseUrl(`${origin}${base.path.slice(0, base.path.lastIndexOf("/") + 1)}${encoded}`, strict);
}
