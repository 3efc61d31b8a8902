import type { InetAddr, SockAddr } from "../../net/uapi/socket.ts";
import { STDERR, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { dnsByAddress } from "../lib/resolver/dns-hosts.ts";
import { gaiStrerror, nameInHosts } from "../lib/resolve.ts";
import { serviceByPort } from "../lib/services.ts";
import type { NcOptions } from "./options.ts";

/** `nc: words` on stderr, as warnx(3). */
export function* warn(sys: Sys, text: string): Task<void> {
  yield* sys.write(STDERR, `nc: ${text}\n`);
}

/** report_sock: `Listening on 0.0.0.0 5000`. A name server that does not answer is told instead. */
export function* reportSock(sys: Sys, o: NcOptions, what: string, addr: SockAddr): Task<void> {
  if (addr.family === "packet") return;
  if (addr.family === "unix") return void (yield* sys.write(STDERR, `${what} on ${addr.path}\n`));
  const host = yield* hostOf(sys, o, addr);
  yield* host === null ? warn(sys, `getnameinfo: ${gaiStrerror("EAI_AGAIN")}`) : sys.write(STDERR, `${what} on ${host} ${addr.port}\n`);
}

/** The host as a name, or as a number where it has none; null = no answer. */
function* hostOf(sys: Sys, o: NcOptions, { addr }: InetAddr): Task<string | null> {
  if (o.numeric) return formatIp4(addr);
  const known = nameInHosts(sys, addr);
  if (known !== undefined) return known;
  const found = yield* dnsByAddress(sys, addr);
  if ("name" in found) return found.name;
  return found.error === "TRY_AGAIN" ? null : formatIp4(addr);
}

/** connection_info: `Connection to c2 (11.10.80.2) 80 port [tcp/http] succeeded!` */
export function* connectionInfo(sys: Sys, o: NcOptions, to: InetAddr): Task<void> {
  const proto = o.udp ? "udp" : "tcp";
  const service = o.numeric ? undefined : serviceByPort(sys, to.port, proto);
  yield* sys.write(STDERR, `Connection to ${shownHost(o, to)} ${to.port} port [${proto}/${service?.name ?? "*"}] succeeded!\n`);
}

/** The host as it was typed, with the address when that was a name. */
export function shownHost(o: NcOptions, to: InetAddr): string {
  const ip = formatIp4(to.addr);
  return o.numeric || o.host === ip || /^[\d.]+$/.test(o.host ?? "") ? (o.host ?? ip) : `${o.host ?? ""} (${ip})`;
}
