import { isErrno } from "../../../net/uapi/errno.ts";
import { asText, toByteString } from "../../lib/bytes.ts";
import type { Co } from "../../lib/event-loop.ts";
import { evaluate, logError, type Context } from "./context.ts";
import type { Outcome } from "./request.ts";

/** The access phase: allow and deny, then a password. */
export function* checkAccess(cx: Context): Co<Outcome> {
  const { r } = cx;
  const byAddress = addressRules(cx);
  if (r.v.satisfy === "any") {
    if (byAddress === "done") return "declined";
    const password = basicAuth(cx);
    if (password === "done") return "declined";
    return password === 401 ? 401 : byAddress === 403 ? 403 : "declined";
  }
  if (byAddress === 403) return forbid(cx);
  const password = basicAuth(cx);
  return typeof password === "number" ? password : "declined";
}

function forbid(cx: Context): number {
  logError(cx, "error", "access forbidden by rule");
  return 403;
}

/** "done" = a rule allows. */
function addressRules({ r }: Context): Outcome {
  const peer = r.conn.peer.addr;
  const rule = r.v.access.find((a) => !a.never && (peer & a.mask) >>> 0 === a.addr >>> 0);
  return rule === undefined ? "declined" : rule.deny ? 403 : "done";
}

function basicAuth(cx: Context): Outcome {
  const { r } = cx;
  const { authBasic, authBasicUserFile } = r.v;
  if (authBasic === undefined || authBasicUserFile === undefined) return "declined";
  const realm = evaluate(cx, authBasic);
  if (realm === "off") return "declined";
  const given = credentials(r.field("authorization"));
  if (given === null) {
    logError(cx, "info", "no user/password was provided for basic authentication");
    return challenge(cx, realm);
  }
  r.user = given.user;
  const path = evaluate(cx, authBasicUserFile);
  const bytes = cx.w.sys.readFile(asText(path));
  if (isErrno(bytes)) {
    logError(cx, "error", `open() "${path}" failed (2: No such file or directory)`);
    return 403;
  }
  return comparePassword(cx, realm, path, given, toByteString(bytes));
}

function comparePassword(cx: Context, realm: string, path: string, given: { user: string; password: string }, text: string): Outcome {
  const line = text.split("\n").map((l) => l.split(":")).find((f) => f[0] === given.user && f.length > 1);
  if (line === undefined) {
    logError(cx, "error", `user "${given.user}" was not found in "${path}"`);
    return challenge(cx, realm);
  }
  const stored = line[1] ?? "";
  if (stored === `{PLAIN}${given.password}`) return "done";
  if (!stored.startsWith("{PLAIN}")) {
    logError(cx, "crit", `password of user "${given.user}" is hashed: only {PLAIN} is simulated here`);
    return 500;
  }
  logError(cx, "error", `user "${given.user}": password mismatch`);
  return challenge(cx, realm);
}

function challenge({ r }: Context, realm: string): number {
  r.out.list.push(["WWW-Authenticate", `Basic realm="${realm}"`]);
  return 401;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function credentials(header: string | undefined): { user: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)/i.exec(header ?? "")?.[1]?.replace(/=+$/, "");
  if (encoded === undefined) return null;
  let text = "";
  let bits = 0;
  let held = 0;
  for (const c of encoded) {
    held = ((held << 6) | BASE64.indexOf(c)) & 0xffffff;
    bits += 6;
    if (bits >= 8) text += String.fromCharCode((held >> (bits -= 8)) & 255);
  }
  const colon = text.indexOf(":");
  return colon < 1 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
