import type { ValueExpr } from "./ast.ts";
import type { Datatype, PrintFlags } from "./datatype.ts";
import { constant, datatype, parseNumber, printPlain, problem, STRING, symbols, TYPE } from "./types-base.ts";

/** Types of meta keys: interfaces, owners, marks. */
export const NF_PROTO = datatype({ id: TYPE.nfproto, name: "nf_proto", desc: "netfilter protocol", size: 8, symbols: symbols("dec", { ipv4: 2, ipv6: 10 }) });
export const MARK = datatype({ id: TYPE.mark, name: "mark", desc: "packet mark", size: 32, hexDigits: 8, prefix: true });
export const IFNAME: Datatype = { ...STRING, id: TYPE.ifname, name: "ifname", desc: "network interface name", size: 128, basetype: STRING };
export const BOOLEAN = datatype({ id: TYPE.boolean, name: "boolean", desc: "boolean type", size: 1, symbols: symbols("dec", { exists: 1, missing: 0 }) });

export const IFACE_INDEX: Datatype = datatype({
  id: TYPE.ifindex, name: "iface_index", desc: "network interface index", size: 32,
  parse(text, loc, env) {
    const index = env.ifindexOf(text) ?? (/^\d+$/.test(text) && Number(text) <= 0x7fffffff ? Number(text) : null);
    return index === null ? problem("Interface does not exist") : constant(IFACE_INDEX, index, loc);
  },
  print(v, _flags, env) {
    const name = env.ifnameOf(Number(v.value));
    return name === null ? v.value.toString() : `"${name}"`;
  },
});

export const IFACE_TYPE = datatype({
  id: TYPE.arphrd, name: "iface_type", desc: "network interface type", size: 16,
  symbols: symbols("hex", { ether: 1, ppp: 512, ipip: 768, ipip6: 769, loopback: 772, sit: 776, ipgre: 778 }),
});

export const PKT_TYPE = datatype({
  id: TYPE.pkttype, name: "pkt_type", desc: "packet type", size: 8, symbols: symbols("dec", { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 }),
});

export const FIB_ADDR = datatype({
  id: TYPE.fibAddr, name: "fib_addrtype", desc: "fib address type", size: 32,
  symbols: symbols("dec", { unspec: 0, unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5, blackhole: 6, unreachable: 7, prohibit: 8 }),
});

/** Names that a file of /etc/iproute2 gives; printed in quotes. */
const fromFile = (names: Readonly<Record<string, number>>) => (v: ValueExpr, flags: PrintFlags): string => {
  const name = flags.numericSymbol ? undefined : Object.entries(names).find(([, n]) => BigInt(n) === v.value)?.[0];
  return name === undefined ? printPlain(v) : `"${name}"`;
};

const REALMS = { cosmos: 0 };
export const REALM = datatype({ id: TYPE.realm, name: "realm", desc: "routing realm", size: 32, symbols: symbols("dec", REALMS), prefix: true, print: fromFile(REALMS) });
const GROUPS = { default: 0 };
export const DEVGROUP = datatype({ id: TYPE.devgroup, name: "devgroup", desc: "devgroup name", size: 32, symbols: symbols("dec", GROUPS), prefix: true, print: fromFile(GROUPS) });

const TC_ROOT = 0xffffffff;

/** Up to four hexadecimal digits, from wherever they begin; anything else is 0 (sscanf of "%04x"). */
const halfOf = (text: string): number => parseInt(/^(0x)?[0-9a-f]+/i.exec(text)?.[0].replace(/^0x/i, "") ?? "0", 16) & 0xffff;

function classidOf(text: string): number {
  if (text === "root") return TC_ROOT;
  const [major = "", minor] = text.split(":");
  return minor === undefined ? 0 : halfOf(major) * 0x10000 + halfOf(minor);
}

export const CLASSID: Datatype = datatype({
  id: TYPE.classid, name: "classid", desc: "TC classid", size: 32,
  parse: (text, loc) => constant(CLASSID, parseNumber(text) ?? classidOf(text), loc),
  print(v) {
    const id = Number(v.value);
    if (id === TC_ROOT || id === 0) return id === 0 ? "none" : "root";
    return `${Math.floor(id / 0x10000).toString(16)}:${(id & 0xffff).toString(16)}`;
  },
});

interface Owner { readonly id: number; readonly name: string; readonly desc: string; readonly absent: string; readonly by: "uidOf" | "gidOf"; readonly text: "userOf" | "groupOf" }

const owner = (spec: Owner): Datatype => {
  const dtype: Datatype = datatype({
    id: spec.id, name: spec.name, desc: spec.desc, size: 32,
    parse(text, loc, env) {
      const id = env[spec.by](text) ?? parseNumber(text);
      if (id === null) return problem(spec.absent);
      return id > 0xffffffff ? problem("Value too large") : constant(dtype, id, loc);
    },
    print(v, flags, env) {
      const name = flags.guid ? env[spec.text](Number(v.value)) : null;
      return name === null ? printPlain(v) : `"${name}"`;
    },
  });
  return dtype;
};

export const UID = owner({ id: TYPE.uid, name: "uid", desc: "user ID", absent: "User does not exist", by: "uidOf", text: "userOf" });
export const GID = owner({ id: TYPE.gid, name: "gid", desc: "group ID", absent: "Group does not exist", by: "gidOf", text: "groupOf" });

/** The machine has no cgroup tree that nft could resolve. */
export const CGROUPV2: Datatype = datatype({
  id: TYPE.cgroupv2, name: "cgroupsv2", desc: "cgroupsv2 path", size: 64,
  parse: () => problem("cgroupv2 path fails: No such file or directory"),
  print: (v) => `"${v.value}"`,
});
