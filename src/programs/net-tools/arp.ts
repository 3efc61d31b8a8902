import { strerror } from "../../net/uapi/errno.ts";
import { isRtnlError, type NeighRow } from "../../net/uapi/rtnetlink.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Ip4, formatIp4, formatMac, parseMac } from "../../wire/addr.ts";
import { parseOptions, type Options } from "../lib/options.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { AddressNames } from "../lib/address-names.ts";
import { addrs, ask, hostError, link, links, neighbours, parseHost } from "./kernel.ts";
import { ARP_USAGE } from "./usage.ts";

/** arp(8) of net-tools 2.10. */
export const arp = plainTool(function* (io) {
  const options = parseOptions({
    takes: "a e s,set d,delete v,verbose n,numeric i,device= H,hw-type= t= V,version", refuses: "D,use-device f,file= A,p,protocol= N,symbolic", usage: "", hint: () => ARP_USAGE,
  }, io.argv);
  if (options.is === "help") return yield* usage(io);
  if (options.is === "bad") {
    yield* io.err(options.text);
    return 3;
  }
  return yield* main(io, options);
});

function* usage(io: Io): Task<number> {
  yield* io.err(ARP_USAGE);
  return 3;
}

function* main(io: Io, o: Options): Task<number> {
  if (o.has("V")) return yield* say(io, "net-tools 2.10\n");
  const kind = o.value("H") ?? o.value("t");
  if (kind !== undefined && kind !== "ether") return yield* fail(io, `arp: ${kind}: unknown hardware type.\n`);
  if (o.has("s")) return yield* set(io, o);
  return o.has("d") ? yield* remove(io, o) : yield* show(io, o);
}

function* say(io: Io, text: string): Task<number> {
  yield* io.out.text(text);
  return 0;
}

function* fail(io: Io, text: string): Task<number> {
  yield* io.err(text);
  return 255;
}

/** One line of /proc/net/arp. */
interface Entry {
  readonly row: NeighRow;
  readonly dev: string;
  readonly complete: boolean;
  readonly permanent: boolean;
}

function entries(sys: Sys): readonly Entry[] {
  const names = new Map(links(sys).map((l) => [l.ifindex, l.name]));
  return neighbours(sys).filter((n) => n.state !== "noarp" && n.state !== "none").map((row) => ({
    row, dev: names.get(row.ifindex) ?? "*", complete: row.lladdr !== null, permanent: row.state === "permanent",
  }));
}

function* show(io: Io, o: Options): Task<number> {
  const all = entries(io.sys);
  const [text] = o.operands;
  const host = text === undefined ? undefined : yield* parseHost(io.sys, text);
  if (typeof host === "string") return yield* fail(io, hostError(text ?? "", host));
  const dev = o.value("i");
  const found = all.filter((e) => (host === undefined || e.row.ip === host) && (dev === undefined || e.dev === dev));
  const bsd = o.has("a");
  if (!bsd && found.length > 0) yield* io.out.text("Address                  HWtype  HWaddress           Flags Mask            Iface\n");
  const names = new AddressNames(io.sys);
  for (const e of found) {
    if (!o.has("n")) yield* names.learn([e.row.ip]);
    const name = names.get(e.row.ip);
    yield* io.out.text(bsd ? bsdLine(e, name) : linuxLine(e, name));
  }
  return yield* ending(io, o, all.length, found.length, host, dev);
}

function* ending(io: Io, o: Options, total: number, found: number, host: Ip4 | undefined, dev: string | undefined): Task<number> {
  if (o.has("v")) yield* io.out.text(`Entries: ${total}\tSkipped: ${total - found}\tFound: ${found}\n`);
  if (found > 0) return 0;
  const [text = ""] = o.operands;
  if (host !== undefined && !o.has("a")) yield* io.out.text(`${text} (${formatIp4(host)}) -- no entry\n`);
  else if (host !== undefined || dev !== undefined || o.has("H") || o.has("t")) yield* io.out.text(`arp: in ${total} entries no match found.\n`);
  return 0;
}

function linuxLine(e: Entry, name: string | null): string {
  const address = (name ?? formatIp4(e.row.ip)).slice(0, 23).padEnd(25);
  if (!e.complete) return `${address}${"(incomplete)".padStart(20).padEnd(50)}${e.dev}\n`;
  const flags = `C${e.permanent ? "M" : ""}`;
  return `${address}${"ether".padEnd(8)}${formatMac(e.row.lladdr!).padEnd(20)}${flags.padEnd(6)}${"".padEnd(16)}${e.dev}\n`;
}

function bsdLine(e: Entry, name: string | null): string {
  const where = `${name ?? "?"} (${formatIp4(e.row.ip)}) at `;
  if (!e.complete) return `${where}<incomplete> on ${e.dev}\n`;
  return `${where}${formatMac(e.row.lladdr!)} [ether]${e.permanent ? " PERM" : ""} on ${e.dev}\n`;
}

/** The device through which the address is on link: "Network is unreachable" when there is none. */
function deviceFor(sys: Sys, host: Ip4, named: string | undefined): number | null {
  if (named !== undefined) return link(sys, named)?.ifindex ?? null;
  const reply = sys.rtnl({ op: "route.get", dst: host, fibMatch: false });
  const item = isRtnlError(reply) ? undefined : reply.items[0];
  return item?.is === "routeGet" ? item.route.oif : null;
}

function* set(io: Io, o: Options): Task<number> {
  const [text, hw, ...more] = o.operands;
  if (text === undefined) return yield* fail(io, "arp: need host name\n");
  const host = yield* parseHost(io.sys, text);
  if (typeof host === "string") return yield* fail(io, hostError(text, host));
  if (hw === undefined) return yield* fail(io, "arp: need hardware address\n");
  const mac = parseMac(hw);
  if (mac === null) return yield* fail(io, "arp: invalid hardware address\n");
  if (more.some((w) => w !== "temp")) return yield* fail(io, `arp: ${more.find((w) => w !== "temp") ?? ""}: not simulated here\n`);
  const ifindex = deviceFor(io.sys, host, o.value("i"));
  if (ifindex === null) return yield* fail(io, `SIOCSARP: ${strerror("ENETUNREACH")}\n`);
  if (addrs(io.sys).some((a) => a.local === host)) return yield* fail(io, `SIOCSARP: ${strerror("EINVAL")}\n`);
  const state = more.includes("temp") ? "stale" : "permanent";
  const error = ask(io.sys, { op: "neigh.new", flags: { create: true, exclusive: false, replace: true, append: false }, ip: host, ifindex, lladdr: mac, state });
  return error === undefined ? 0 : yield* fail(io, `SIOCSARP: ${strerror(error)}\n`);
}

function* remove(io: Io, o: Options): Task<number> {
  const [text] = o.operands;
  if (text === undefined) return yield* fail(io, "arp: need host name\n");
  const host = yield* parseHost(io.sys, text);
  if (typeof host === "string") return yield* fail(io, hostError(text, host));
  const ifindex = deviceFor(io.sys, host, o.value("i"));
  if (ifindex === null) return yield* fail(io, `SIOCDARP(dontpub): ${strerror("ENETUNREACH")}\n`);
  const error = ask(io.sys, { op: "neigh.del", ip: host, ifindex });
  if (error === undefined) return 0;
  yield* io.out.text(`No ARP entry for ${text}\n`);
  return 255;
}
