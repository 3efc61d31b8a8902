import { isConfError, type Conf } from "./conf.ts";
import { directive, type Directive, type SetResult } from "./directive.ts";
import { parseIp4 } from "../../../wire/addr.ts";
import type { AccessRule, Expires, NamedScript } from "./model.ts";
import { readNetwork } from "./network.ts";
import type { Script } from "./script.ts";
import { append, choice, DUPLICATE, flag, INVALID, script, setOnce } from "./slots.ts";
import { parseNumber, parseSec } from "./values.ts";

/** index, autoindex, headers, access, auth_basic, stub_status. */

function addHeader(cf: Conf, words: readonly string[]): SetResult {
  const [, name = "", text = "", always] = words;
  if (always !== undefined && always !== "always") return cf.emerg(`invalid parameter "${always}"`);
  const value = cf.script(text);
  return isConfError(value) ? value : append<NamedScript>(cf, "addHeaders", { name, value, always: always !== undefined });
}

const FIXED: Readonly<Record<string, Expires>> = { off: { is: "off", sec: 0 }, epoch: { is: "epoch", sec: 0 }, max: { is: "max", sec: 0 } };

function expires(cf: Conf, words: readonly string[]): SetResult {
  const modified = words[1] === "modified" && words.length === 3;
  const text = words[modified ? 2 : 1] ?? "";
  if (cf.scope.loc?.set.expires !== undefined) return DUPLICATE;
  if (text.includes("$")) return cf.notHere(words);
  if (!modified && Object.hasOwn(FIXED, text)) return setOnce(cf, "expires", FIXED[text]!);
  const m = /^([@+-]?)(.*)$/s.exec(text);
  const sec = parseSec(m?.[2] ?? "");
  if (sec === null || (m?.[1] === "@" && (modified || sec > 86_400))) return INVALID;
  const is = m?.[1] === "@" ? "daily" : modified ? "modified" : "access";
  return setOnce(cf, "expires", { is, sec: m?.[1] === "-" ? -sec : sec });
}

const NOBODY = parseIp4("0.0.0.0")!;

function access(cf: Conf, words: readonly string[]): SetResult {
  const [name, text = ""] = words;
  const deny = name === "deny";
  if (text === "all") return append<AccessRule>(cf, "access", { deny, addr: NOBODY, mask: 0, never: false });
  if (text === "unix:" || /^[0-9a-fA-F]*:[0-9a-fA-F:.]*(\/\d+)?$/.test(text)) return append<AccessRule>(cf, "access", { deny, addr: NOBODY, mask: 0, never: true });
  const net = readNetwork(text);
  if (net === null) return cf.emerg(`invalid parameter "${text}"`);
  if (net.low) cf.warn(`low address bits of ${text} are meaningless`);
  return append<AccessRule>(cf, "access", { deny, addr: net.addr, mask: net.mask, never: false });
}

function index(cf: Conf, words: readonly string[]): SetResult {
  for (const text of words.slice(1)) {
    const value = cf.script(text);
    if (isConfError(value)) return value;
    append<Script>(cf, "index", value);
  }
  return undefined;
}

function stubStatus(cf: Conf): undefined {
  if (cf.scope.loc !== undefined) cf.scope.loc.handler = "stub_status";
}

function resolver(cf: Conf, words: readonly string[]): SetResult {
  if (cf.scope.loc?.set.resolver !== undefined) return DUPLICATE;
  const servers = [];
  let validMs: number | undefined;
  for (const word of words.slice(1)) {
    const valid = /^valid=(.*)$/.exec(word);
    if (valid !== null) {
      const sec = parseSec(valid[1] ?? "");
      if (sec === null) return cf.emerg(`invalid parameter: ${word}`);
      validMs = sec * 1000;
    } else if (!/^ipv[46]=(on|off)$|^status_zone=/.test(word)) {
      const [host = "", port = "53"] = word.split(":", 2);
      const addr = parseIp4(host);
      if (addr === null) return cf.emerg(`host not found in resolver "${word}"`);
      const number = parseNumber(port);
      if (number === null || number < 1 || number > 65535) return cf.emerg(`invalid port in resolver "${word}"`);
      servers.push({ family: "inet" as const, addr, port: number });
    }
  }
  if (servers.length === 0) return cf.emerg("no name servers defined");
  return setOnce(cf, "resolver", { servers, validMs });
}

export const CONTENT_DIRECTIVES: readonly Directive[] = [
  directive("index", "hsl", "1+", index),
  flag("autoindex", "hsl", "autoindex"), flag("autoindex_exact_size", "hsl", "autoindexExactSize"), flag("autoindex_localtime", "hsl", "autoindexLocaltime"),
  choice("autoindex_format", "hsl", "autoindexFormat", { html: "html", json: "json", jsonp: "jsonp", xml: "xml" }),
  directive("add_header", "hslL", "2-3", addHeader), directive("expires", "hslL", "1-2", expires),
  directive("allow", "hslx", "1", access), directive("deny", "hslx", "1", access),
  script("auth_basic", "hslx", "authBasic", true), script("auth_basic_user_file", "hslx", "authBasicUserFile"),
  directive("stub_status", "sl", "0-1", stubStatus), directive("resolver", "hsl", "1+", resolver),
];
