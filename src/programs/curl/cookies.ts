import { parseIp4 } from "../../wire/addr.ts";
import { daysFromCivil } from "../../sim/calendar.ts";

/** Cookies by RFC 6265 as far as curl obeys it, in memory and in Netscape's file format. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Lower case, without a dot in front. */
  readonly domain: string;
  /** Also for hosts below the domain. */
  readonly tailMatch: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Seconds since the epoch; 0 = until the end of the session. */
  readonly expiresSec: number;
}

export class CookieJar {
  cookies: Cookie[] = [];
  /** A cookie file was asked for: one of -b FILE, -c. */

  add(cookie: Cookie, nowSec: number): "Added" | "Replaced" | "expired" {
    const same = (c: Cookie): boolean => c.name === cookie.name && c.domain === cookie.domain && c.path === cookie.path && c.tailMatch === cookie.tailMatch;
    const at = this.cookies.findIndex(same);
    const old = cookie.expiresSec !== 0 && cookie.expiresSec < nowSec;
    if (at >= 0) this.cookies.splice(at, 1, ...(old ? [] : [cookie]));
    else if (!old) this.cookies.push(cookie);
    return old ? "expired" : at >= 0 ? "Replaced" : "Added";
  }
}

const domainMatches = (cookie: Cookie, host: string): boolean =>
  cookie.domain === host || (cookie.tailMatch && parseIp4(host) === null && host.endsWith(`.${cookie.domain}`));

const pathMatches = (cookie: Cookie, path: string): boolean =>
  cookie.path === "/" || path === cookie.path || path.startsWith(cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`);

const isLocal = (host: string): boolean => host === "localhost" || host === "127.0.0.1";

/** `name=value` of each that fits, longest paths first. */
export function cookieHeader(jar: CookieJar | undefined, host: string, path: string, nowSec: number): readonly string[] {
  const name = host.toLowerCase();
  const fits = (jar?.cookies ?? []).filter((c) => (c.expiresSec === 0 || c.expiresSec > nowSec) && domainMatches(c, name) && pathMatches(c, path) && (!c.secure || isLocal(name)));
  return [...fits].sort((a, b) => b.path.length - a.path.length || b.domain.length - a.domain.length || b.name.length - a.name.length).map((c) => `${c.name}=${c.value}`);
}

/** What a Set-Cookie field says; null when it is not to be kept. */
export function parseSetCookie(text: string, host: string, path: string, nowSec: number): Cookie | { readonly badDomain: string } | null {
  const [pair = "", ...attributes] = text.trim().split(";");
  const equals = pair.indexOf("=");
  if (equals <= 0 && pair.trim() !== "") return null;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (name === "" || /[\x00-\x1f\x7f]/.test(name + value)) return null;
  const found = new Map(attributes.map((a) => {
    const at = a.indexOf("=");
    return [(at < 0 ? a : a.slice(0, at)).trim().toLowerCase(), at < 0 ? "" : a.slice(at + 1).trim()] as const;
  }));
  const wanted = (found.get("domain") ?? "").toLowerCase().replace(/^\./, "");
  const own = host.toLowerCase();
  if (wanted !== "" && wanted !== own && !(parseIp4(own) === null && own.endsWith(`.${wanted}`))) return { badDomain: wanted };
  if (wanted !== "" && !wanted.includes(".") && wanted !== "localhost") return null;
  const secure = found.has("secure");
  if (secure && !isLocal(own)) return null;
  return { name, value, domain: wanted === "" ? own : wanted, tailMatch: wanted !== "" && parseIp4(own) === null, path: cookiePath(found.get("path"), path), secure, httpOnly: found.has("httponly"), expiresSec: expiry(found, nowSec) };
}

function cookiePath(given: string | undefined, requestPath: string): string {
  const wanted = given?.replace(/^"|"$/g, "");
  if (wanted?.startsWith("/") === true) return wanted.length > 1 ? wanted.replace(/\/$/, "") : wanted;
  const slash = requestPath.lastIndexOf("/");
  return slash <= 0 ? "/" : requestPath.slice(0, slash + 1);
}

function expiry(found: ReadonlyMap<string, string>, nowSec: number): number {
  const maxAge = found.get("max-age")?.replace(/^"/, "");
  if (maxAge !== undefined && /^-?\d+/.test(maxAge)) {
    const seconds = parseInt(maxAge, 10);
    return seconds <= 0 ? 1 : nowSec + seconds;
  }
  const date = found.get("expires");
  return date === undefined ? 0 : (parseHttpDate(date) ?? 0);
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the older forms of RFC 9110 §5.6.7 and dashes; seconds since the epoch. */
export function parseHttpDate(text: string): number | null {
  const found = /(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{2,4})\s+(\d{1,2}):(\d{2}):(\d{2})/.exec(text);
  const asctime = /([A-Za-z]{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})/.exec(text);
  const [day, month, year, h, m, s] = found !== null ? found.slice(1) : asctime !== null ? [asctime[2], asctime[1], asctime[6], asctime[3], asctime[4], asctime[5]] : [];
  const index = MONTHS.indexOf((month ?? "").toLowerCase());
  if (index < 0) return null;
  const y = Number(year);
  const full = y < 70 ? y + 2000 : y < 100 ? y + 1900 : y;
  return daysFromCivil(full, index + 1, Number(day)) * 86_400 + Number(h) * 3600 + Number(m) * 60 + Number(s);
}

const FILE_HEADER = "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n# This file was generated by libcurl! Edit at your own risk.\n\n";

/** What -c writes. */
export function cookieFileText(jar: CookieJar, nowSec: number): string {
  const kept = jar.cookies.filter((c) => c.expiresSec === 0 || c.expiresSec > nowSec);
  const lines = [...kept].sort((a, b) => b.path.length - a.path.length || b.domain.length - a.domain.length || b.name.length - a.name.length).map((c) => {
    const domain = c.tailMatch ? `.${c.domain}` : c.domain;
    const bool = (on: boolean): string => (on ? "TRUE" : "FALSE");
    return `${c.httpOnly ? "#HttpOnly_" : ""}${domain}\t${bool(c.tailMatch)}\t${c.path}\t${bool(c.secure)}\t${c.expiresSec}\t${c.name}\t${c.value}\n`;
  });
  return FILE_HEADER + lines.join("");
}

/** Reads a cookie file: seven columns, or `Set-Cookie:` lines of saved headers. */
export function readCookieFile(text: string, nowSec: number, withSession: boolean): Cookie[] {
  return text.split(/\r?\n/).flatMap((line): Cookie[] => {
    const header = /^set-cookie:(.*)$/i.exec(line);
    if (header !== null) {
      const parsed = parseSetCookie(header[1]!, "", "/", nowSec);
      return parsed === null || "badDomain" in parsed ? [] : [parsed];
    }
    const httpOnly = line.startsWith("#HttpOnly_");
    const body = httpOnly ? line.slice(10) : line;
    if (body.startsWith("#")) return [];
    const [domain = "", tail, path = "/", secure, expires = "0", name = "", value = ""] = body.split("\t");
    if (name === "" || (Number(expires) === 0 && !withSession)) return [];
    return [{ name, value, domain: domain.replace(/^\./, "").toLowerCase(), tailMatch: tail === "TRUE", path, secure: secure === "TRUE", httpOnly, expiresSec: Number(expires) }];
  });
}
