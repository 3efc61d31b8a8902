import type { Task } from "../../os/sys.ts";
import { inPrefix, parseIp4 } from "../../wire/addr.ts";
import { argBytes } from "../lib/bytes.ts";
import type { CurlError } from "./codes.ts";
import type { Easy } from "./easy.ts";
import { parseUrl } from "./url.ts";

/** An HTTP proxy that is asked for whole URLs. */
export interface ProxyUse {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const DEFAULT_PROXY_PORT = 1080;

/** Which proxy leads to a host: -x, else the environment, unless --noproxy or no_proxy says none. */
export function* chooseProxy(easy: Easy, scheme: string, host: string): Task<ProxyUse | CurlError | undefined> {
  const { config } = easy;
  if (yield* isExempt(easy, host)) return undefined;
  const text = config.proxy ?? (yield* fromEnvironment(easy, scheme));
  if (text === undefined || text === "") return undefined;
  const url = parseUrl(text, { anyScheme: true });
  if (typeof url === "string") return yield* easy.fail("COULDNT_RESOLVE_PROXY", `Unsupported proxy syntax in '${text}'`);
  if (url.scheme !== "http") {
    if (!["https", "socks4", "socks4a", "socks5", "socks5h"].includes(url.scheme)) return yield* easy.fail("COULDNT_CONNECT", `Unsupported proxy scheme for '${text}'`);
    return yield* easy.fail("COULDNT_CONNECT", `${url.scheme}:// proxies: not simulated here`);
  }
  const [user, password] = config.proxyUser === undefined ? [url.user, url.password] : splitLogin(config.proxyUser);
  return { host: url.host, port: url.port ?? DEFAULT_PROXY_PORT, user, password };
}

export function splitLogin(text: string): [user: string, password: string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

function* fromEnvironment(easy: Easy, scheme: string): Task<string | undefined> {
  // HTTP_PROXY in capitals is left out: in a CGI program a client could set it.
  const names = [`${scheme}_proxy`, ...(scheme === "http" ? [] : [`${scheme.toUpperCase()}_PROXY`]), "all_proxy", "ALL_PROXY"];
  const name = names.find((n) => (easy.sys.env.get(n) ?? "") !== "");
  if (name === undefined) return undefined;
  const value = argBytes(easy.sys.env.get(name) ?? "");
  yield* easy.tell(`Uses proxy env variable ${name} == '${value}'`);
  return value;
}

function* isExempt(easy: Easy, host: string): Task<boolean> {
  let list = easy.config.noProxy;
  if (list === undefined) {
    const name = ["no_proxy", "NO_PROXY"].find((n) => (easy.sys.env.get(n) ?? "") !== "");
    list = name === undefined ? undefined : argBytes(easy.sys.env.get(name) ?? "");
    if (list !== undefined) yield* easy.tell(`Uses proxy env variable ${name} == '${list}'`);
  }
  return list !== undefined && matchesNoProxy(host, list);
}

/** `*`, hosts and domains (with or without a dot in front), addresses and prefixes, split by commas or blanks. */
export function matchesNoProxy(host: string, list: string): boolean {
  if (list === "*") return true;
  const address = parseIp4(host);
  const name = host.toLowerCase().replace(/\.$/, "");
  return list.split(/[\s,]+/).filter((token) => token !== "").some((token) => {
    if (address !== null) {
      const [net, bits] = token.split("/");
      const prefix = parseIp4(net ?? "");
      return prefix !== null && inPrefix(address, prefix, bits === undefined ? 32 : Number(bits));
    }
    const domain = token.toLowerCase().replace(/^\./, "").replace(/\.$/, "");
    return domain !== "" && (name === domain || name.endsWith(`.${domain}`));
  });
}
