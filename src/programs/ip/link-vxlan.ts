import { IP4_ANY, type Ip4, isMulticastIp4 } from "../../wire/addr.ts";
import type { VxlanOptions } from "../../net/uapi/rtnetlink-link.ts";
import { type Args, matches, parseUnsigned } from "./lib/args.ts";
import type { Cmd } from "./lib/tool.ts";
import { parseTos } from "./lib/names.ts";
import { VXLAN_USAGE } from "./usage-more.ts";

/** `type vxlan …` (vxlan_parse_opt). */

type Draft = { -readonly [K in keyof VxlanOptions]: VxlanOptions[K] };

const SWITCHES: Readonly<Record<string, keyof VxlanOptions>> = { learning: "learning", proxy: "proxy", rsc: "rsc", l2miss: "l2miss", l3miss: "l3miss", udpcsum: "udpChecksum" };
const REFUSED: ReadonlySet<string> = new Set([
  "flowlabel", "external", "gbp", "gpe", "vnifilter", "remcsumtx", "remcsumrx", "udp6zerocsumtx", "udp6zerocsumrx", "external",
]);

export function* parseVxlan(args: Args, adding: boolean): Cmd<VxlanOptions | null> {
  const draft: Draft = {};
  while (args.more) {
    const word = args.take();
    if (!(yield* oneOption(args, draft, word))) return yield* unknown(args, word);
  }
  return adding ? yield* checked(args, draft) : draft;
}

function* unknown(args: Args, word: string): Cmd<null> {
  if (!matches(word, "help")) yield* args.tool.err(`vxlan: unknown command "${word}"?\n`);
  yield* args.tool.err(VXLAN_USAGE);
  return null;
}

function* checked(args: Args, draft: Draft): Cmd<VxlanOptions | null> {
  if (draft.vni === undefined) {
    yield* args.tool.err("vxlan: missing virtual network identifier\n");
    return null;
  }
  if (isMulticastIp4(draft.group ?? IP4_ANY) && draft.lowerIndex === undefined) {
    yield* args.tool.err("vxlan: 'group' requires 'dev' to be specified\n");
    return null;
  }
  if (draft.dstPort === undefined) yield* args.tool.err(NO_PORT);
  return { ...draft, dstPort: draft.dstPort === undefined || draft.dstPort === 0 ? 8472 : draft.dstPort };
}

const NO_PORT = `vxlan: destination port not specified
Will use Linux kernel default (non-standard value)
Use 'dstport 4789' to get the IANA assigned value
Use 'dstport 0' to get default and quiet this message
`;

function* oneOption(args: Args, draft: Draft, word: string): Cmd<boolean> {
  if (matches(word, "id") || matches(word, "vni")) draft.vni = yield* args.number(0xffffff, "invalid id");
  else if (matches(word, "group")) draft.group = yield* address(args, true);
  else if (matches(word, "remote")) draft.group = yield* address(args, false);
  else if (matches(word, "local")) draft.local = yield* args.address();
  else if (matches(word, "dev")) draft.lowerIndex = yield* args.device(255);
  else if (matches(word, "ttl") || matches(word, "hoplimit")) draft.ttl = yield* ttl(args);
  else if (matches(word, "tos") || matches(word, "dsfield")) draft.tos = yield* tos(args);
  else return yield* moreOptions(args, draft, word);
  return true;
}

function* moreOptions(args: Args, draft: Draft, word: string): Cmd<boolean> {
  if (matches(word, "df")) draft.df = yield* df(args);
  else if (matches(word, "ageing")) draft.ageingSec = yield* numberOrNone(args, "ageing timer");
  else if (matches(word, "maxaddress")) draft.maxAddresses = yield* unlimited(args);
  else if (matches(word, "port") || matches(word, "srcport")) yield* portRange(args, draft);
  else if (matches(word, "dstport")) draft.dstPort = yield* args.number(65535, "dst port");
  else return yield* switches(args, draft, word);
  return true;
}

function* switches(args: Args, draft: Draft, word: string): Cmd<boolean> {
  const off = word.startsWith("no");
  const plain = off ? word.slice(2) : word;
  const known = Object.keys(SWITCHES).find((k) => matches(plain, k));
  if (known !== undefined) Object.assign(draft, { [SWITCHES[known]!]: !off });
  else if (REFUSED.has(plain)) yield* args.tool.die(`ip: vxlan ${word}: not simulated here\n`, 2);
  else return false;
  return true;
}

function* address(args: Args, group: boolean): Cmd<Ip4> {
  const text = args.peek ?? "";
  const addr = yield* args.address();
  if (group && !isMulticastIp4(addr)) yield* args.wrong("invalid group address", text);
  if (!group && isMulticastIp4(addr)) yield* args.wrong("invalid remote address", text);
  return addr;
}

function* ttl(args: Args): Cmd<number> {
  const text = yield* args.next();
  if (text === "inherit") return -1;
  if (text === "auto") return 0;
  const n = parseUnsigned(text);
  if (n === null) return yield* args.wrong("invalid TTL", text);
  return n > 255 ? yield* args.wrong("TTL must be <= 255", text) : n;
}

function* tos(args: Args): Cmd<number> {
  const text = yield* args.next();
  return text === "inherit" ? 1 : (parseTos(text) ?? (yield* args.wrong("bad TOS value", text)));
}

function* df(args: Args): Cmd<number> {
  const text = yield* args.next();
  const n = ["unset", "set", "inherit"].indexOf(text);
  return n < 0 ? yield* args.wrong("DF must be 'unset', 'set' or 'inherit'", text) : n;
}

function* numberOrNone(args: Args, message: string): Cmd<number> {
  if (args.peek === "none") {
    args.take();
    return 0;
  }
  return yield* args.number(0xffffffff, message);
}

function* unlimited(args: Args): Cmd<number> {
  if (args.peek === "unlimited") {
    args.take();
    return 0;
  }
  return yield* args.number(0xffffffff, "max addresses");
}

function* portRange(args: Args, draft: Draft): Cmd<void> {
  draft.portLow = yield* args.number(65535, "min port");
  draft.portHigh = yield* args.number(65535, "max port");
}
