import type { Task } from "../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { asText } from "../lib/bytes.ts";
import { resolveName } from "../lib/resolve.ts";
import type { CurlCode } from "./codes.ts";
import type { Easy } from "./easy.ts";
import { alongside } from "./poll.ts";

/** How long an answer is used again. */
const CACHE_NS = 60_000_000_000;

export type LookedUp = { readonly is: "found"; readonly addresses: readonly Ip4[] } | { readonly is: "failed"; readonly code: CurlCode };

const failed = (code: CurlCode): LookedUp => ({ is: "failed", code });

/** Fills the cache from --resolve: `[+]host:port:addr[,addr]…` or `-host:port`. */
export function* preloadNames(easy: Easy): Task<CurlCode> {
  const { names } = easy.session;
  for (const entry of easy.config.resolve.splice(0)) {
    const removal = /^-([^:]+):(\d+)$/.exec(entry);
    if (entry.startsWith("-")) {
      if (removal === null) yield* easy.tell(`Couldn't parse CURLOPT_RESOLVE removal entry '${entry}'`);
      else names.delete(`${removal[1]!.toLowerCase()}:${removal[2]}`);
      continue;
    }
    const found = /^(\+?)([^:]+):(\d+):(.+)$/.exec(entry);
    const addresses = found?.[4]!.split(",").map((a) => parseIp4(a)) ?? [null];
    const illegal = found?.[4]!.split(",").find((a) => parseIp4(a) === null);
    if (illegal !== undefined && !illegal.includes(":")) yield* easy.tell(`Resolve address '${illegal}' found illegal`);
    const usable = addresses.filter((a) => a !== null);
    if (found === null || illegal !== undefined) return yield* easy.fail("SETOPT_OPTION_SYNTAX", `Couldn't parse CURLOPT_RESOLVE entry '${entry}'`);
    const [, plus, host, port, list] = found;
    const key = `${host!.toLowerCase()}:${port}`;
    if (names.has(key)) yield* easy.tell(`RESOLVE ${host}:${port} is - old addresses discarded`);
    names.set(key, { addresses: usable, atNs: easy.sys.nowNs, permanent: plus === "" });
    yield* easy.tell(`Added ${host}:${port}:${list} to DNS cache${plus === "" ? "" : " (non-permanent)"}`);
    if (host === "*") yield* easy.tell(`RESOLVE ${host}:${port} is wildcard, enabling wildcard checks`);
  }
  return "OK";
}

/** The addresses of a name, from the cache or by asking; the meter goes on meanwhile. */
export function* lookUp(easy: Easy, host: string, port: number, what: "host" | "proxy"): Task<LookedUp> {
  const cached = yield* fromCache(easy, host, port);
  if (cached !== undefined) return { is: "found", addresses: cached };
  const bare = host.replace(/^\[|\]$/g, "");
  const numeric = parseIp4(bare);
  const local = /(?:^|\.)localhost$/i.test(host) ? parseIp4("127.0.0.1") : null;
  const known = numeric ?? local;
  if (easy.config.ipVersion === "6" || bare.includes(":")) {
    // There is no IPv6 here: the resolver finds no address of that family.
    return failed(yield* easy.fail(what === "host" ? "COULDNT_RESOLVE_HOST" : "COULDNT_RESOLVE_PROXY", `Could not resolve ${what}: ${host}`));
  }
  const addresses = known !== null ? [known] : yield* ask(easy, host, what);
  if (!Array.isArray(addresses)) return failed(addresses);
  easy.session.names.set(`${host.toLowerCase()}:${port}`, { addresses, atNs: easy.sys.nowNs, permanent: false });
  return { is: "found", addresses };
}

function* fromCache(easy: Easy, host: string, port: number): Task<readonly Ip4[] | undefined> {
  const { names } = easy.session;
  const key = `${host.toLowerCase()}:${port}`;
  const entry = names.get(key) ?? names.get(`*:${port}`);
  if (entry === undefined) return undefined;
  if (!entry.permanent && easy.sys.nowNs - entry.atNs > CACHE_NS) {
    yield* easy.tell("Hostname in DNS cache was stale, zapped");
    names.delete(key);
    return undefined;
  }
  yield* easy.tell(`Hostname ${host} was found in DNS cache`);
  return entry.addresses;
}

function* ask(easy: Easy, host: string, what: "host" | "proxy"): Task<Ip4[] | CurlCode> {
  yield* easy.tick();
  const outcome = yield* alongside(easy, resolveName(easy.sys, asText(host)), function* () {
    if ((easy.timeLeftMs(true) ?? 1) < 0) return yield* easy.fail("OPERATION_TIMEDOUT", `Resolving timed out after ${easy.sinceStartMs} milliseconds`);
    yield* easy.tick();
    return undefined;
  });
  if ("stopped" in outcome) return outcome.stopped;
  if (outcome.done.is === "found") return [...outcome.done.addresses];
  return yield* easy.fail(what === "host" ? "COULDNT_RESOLVE_HOST" : "COULDNT_RESOLVE_PROXY", `Could not resolve ${what}: ${host}`);
}
