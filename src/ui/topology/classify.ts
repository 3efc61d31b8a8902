/**
 * What a packet looks like, read from its bytes alone: shape, letter, addresses, and the packet inside
 * it. Shape and letter are the visual language of the page; nothing here knows about drawing.
 */

export type PacketKind = "icmp" | "arp" | "tcp" | "http" | "udp" | "vxlan" | "control" | "other";

/** One packet. `inner` is the packet a tunnel header carries; nesting in the picture is nesting here. */
export interface PacketLook {
  readonly kind: PacketKind;
  /** One or two characters: "E", "R", "!", "?", "=", "SA", "U", "V". */
  readonly letter: string;
  /** An answer to something: drawn with a second thin outline. */
  readonly reply: boolean;
  /** Source and destination as people write them: IP addresses, or MACs where there is no IP. */
  readonly from: string;
  readonly to: string;
  /** "ICMP echo request", "ARP who has 11.10.128.1", "UDP 8472". Never empty. */
  readonly what: string;
  /** Bytes from the first header to the last byte, Ethernet header included when there is one. */
  readonly lengthBytes: number;
  readonly ttl: number | null;
  readonly vni: number | null;
  readonly inner: PacketLook | null;
}

const ETH_BYTES = 14;
/** Ports on which a UDP datagram is taken for VXLAN: Linux' historic default and IANA's (RFC 7348). */
const VXLAN_PORTS = [8472, 4789];
const MAX_NESTING = 4;

/**
 * Reads a frame (`netOffset` 14) or a bare IP packet (`netOffset` 0).
 * Null when there is not even a network header to read.
 */
export function classify(bytes: Uint8Array, netOffset: number, depth = 0): PacketLook | null {
  if (depth > MAX_NESTING) return null;
  if (netOffset === SHELL_BYTES) return unsentShell(bytes, depth);
  const at = netOffset === 0 || netOffset === ETH_BYTES ? netOffset : findNetHeader(bytes);
  if (bytes.length < at + 8) return null;
  const etherType = at >= ETH_BYTES ? u16(bytes, at - 2) : guessEtherType(bytes, at);
  if (etherType === 0x0806) return arp(bytes, at);
  if (etherType === 0x0800) return ipv4(bytes, at, depth);
  return other(bytes, at, etherType);
}

/** UDP, VXLAN and inner Ethernet header: what stands before the inner packet while the outer IP header is not yet written. */
const SHELL_BYTES = 8 + 8 + 14;
const OUTER_IP_AND_ETHERNET_BYTES = 20 + 14;

/** A packet at the moment of being wrapped: its shell is there, its outer addresses are not. */
function unsentShell(bytes: Uint8Array, depth: number): PacketLook | null {
  const shell = udp(bytes, 0, depth);
  if (shell.kind !== "vxlan") return classify(bytes.subarray(SHELL_BYTES - ETH_BYTES), ETH_BYTES, depth + 1);
  const inner = shell.inner ?? null;
  const lengthBytes = SHELL_BYTES - ETH_BYTES + OUTER_IP_AND_ETHERNET_BYTES + (inner?.lengthBytes ?? 0);
  return { from: "", to: "", ttl: null, vni: null, reply: false, ...shell, inner, lengthBytes };
}

/** Where the network header is when the trace could not say: behind an Ethernet header, or right at the start. */
const findNetHeader = (b: Uint8Array): number => ([0x0800, 0x0806, 0x86dd].includes(u16(b, 12)) ? ETH_BYTES : 0);

/** The innermost packet: what the learner sent, whatever it travels in. */
export function innermost(look: PacketLook): PacketLook {
  let at = look;
  while (at.inner) at = at.inner;
  return at;
}

/** How many shells are around the innermost packet. */
export function shells(look: PacketLook): number {
  let n = 0;
  for (let at = look.inner; at; at = at.inner) n++;
  return n;
}

/** "E (10.0.0.3 → 10.0.0.4 VNI 100 (ICMP 11.10.128.2 → 11.11.0.2))": one line for screen readers and tooltips. */
export function describe(look: PacketLook): string {
  const own = look.vni === null ? look.what : `${look.what} VNI ${look.vni}`;
  const inner = look.inner ? ` carrying ${describe(look.inner)}` : "";
  return `${own}${look.from === "" ? "" : `, ${look.from} to ${look.to}`}${inner}`;
}

const guessEtherType = (b: Uint8Array, at: number): number =>
  b[at]! >>> 4 === 4 ? 0x0800 : b[at]! >>> 4 === 6 ? 0x86dd : u16(b, at) === 1 && u16(b, at + 2) === 0x0800 ? 0x0806 : 0;

/** RFC 826: opcode 1 asks, 2 answers. */
function arp(b: Uint8Array, at: number): PacketLook | null {
  if (b.length < at + 28) return null;
  const asks = u16(b, at + 6) === 1;
  const sender = ip(b, at + 14);
  const target = ip(b, at + 24);
  return {
    kind: "arp", letter: asks ? "?" : "=", reply: !asks, from: sender, to: target,
    what: asks ? `ARP: who has ${target}?` : `ARP: ${sender} is at ${macText(b, at + 8)}`,
    lengthBytes: at + 28, ttl: null, vni: null, inner: null,
  };
}

function ipv4(b: Uint8Array, at: number, depth: number): PacketLook | null {
  if (b.length < at + 20) return null;
  const l4 = at + (b[at]! & 15) * 4;
  const base = {
    from: ip(b, at + 12), to: ip(b, at + 16), ttl: b[at + 8]!, vni: null, inner: null,
    lengthBytes: at + u16(b, at + 2), reply: false,
  };
  const laterFragment = (u16(b, at + 6) & 0x1fff) !== 0;
  const protocol = b[at + 9]!;
  if (laterFragment) return { ...base, ...bare(protocol), what: `${bare(protocol).what}, later fragment` };
  if (protocol === 1) return { ...base, ...icmp(b, l4) };
  if (protocol === 6) return { ...base, ...tcp(b, l4) };
  if (protocol === 17) return withEthernet({ ...base, ...udp(b, l4, depth) }, at);
  return { ...base, ...bare(protocol) };
}

/** A tunnel's shell counts its Ethernet header even before it is written, so that the same 50 bytes are added everywhere. */
const withEthernet = (look: PacketLook, at: number): PacketLook =>
  (look.kind === "vxlan" && at === 0 ? { ...look, lengthBytes: look.lengthBytes + ETH_BYTES } : look);

type Upper = Partial<PacketLook> & Pick<PacketLook, "kind" | "letter" | "what">;

function bare(protocol: number): Upper {
  if (protocol === 1) return { kind: "icmp", letter: "…", what: "ICMP" };
  if (protocol === 6) return { kind: "tcp", letter: "…", what: "TCP" };
  if (protocol === 17) return { kind: "udp", letter: "…", what: "UDP" };
  return { kind: "other", letter: "ip", what: `IP protocol ${protocol}` };
}

/** RFC 792 types, worded as the page words them. */
const ICMP_ERRORS: Readonly<Record<number, string>> = {
  3: "ICMP destination unreachable", 5: "ICMP redirect", 11: "ICMP time exceeded", 12: "ICMP parameter problem",
};

function icmp(b: Uint8Array, at: number): Upper {
  const type = b[at] ?? 255;
  if (type === 8) return { kind: "icmp", letter: "E", what: "ICMP echo request" };
  if (type === 0) return { kind: "icmp", letter: "R", what: "ICMP echo reply", reply: true };
  return { kind: "icmp", letter: "!", what: ICMP_ERRORS[type] ?? `ICMP type ${type}`, reply: true };
}

function udp(b: Uint8Array, at: number, depth: number): Upper {
  const port = u16(b, at + 2);
  const vxlan = VXLAN_PORTS.includes(port) && b.length >= at + 16 && (b[at + 8]! & 0x08) !== 0;
  if (!vxlan) return { kind: "udp", letter: "U", what: `UDP ${u16(b, at)} → ${port}` };
  const vni = (b[at + 12]! << 16) | (b[at + 13]! << 8) | b[at + 14]!;
  return { kind: "vxlan", letter: "V", what: `UDP ${port}`, vni, inner: classify(b.subarray(at + 16), ETH_BYTES, depth + 1) };
}

/** Flag letters as tcpdump orders them, shortened to what fits in a token. */
function tcp(b: Uint8Array, at: number): Upper {
  const flags = b[at + 13] ?? 0;
  const ports = `${u16(b, at)} → ${u16(b, at + 2)}`;
  const data = at + ((b[at + 12] ?? 0x50) >>> 4) * 4;
  const text = httpStart(b, data);
  if (text !== "") return { kind: "http", letter: text, what: `HTTP in TCP ${ports}`, reply: text !== "G" };
  const syn = (flags & 2) !== 0;
  const ack = (flags & 16) !== 0;
  const letter = (flags & 4) !== 0 ? "X" : syn ? (ack ? "SA" : "S") : (flags & 1) !== 0 ? "F" : data < b.length ? "D" : "A";
  return { kind: "tcp", letter, what: `TCP ${ports}`, reply: syn && ack };
}

/** "G" for a request line, the status class for an answer, "" for neither. */
function httpStart(b: Uint8Array, at: number): string {
  const head = String.fromCharCode(...b.subarray(at, at + 10));
  if (/^(GET|POST|PUT|HEAD|DELETE) /.test(head)) return "G";
  return /^HTTP\/1\.[01] ([2-5])/.exec(head)?.[1] ?? "";
}

function other(b: Uint8Array, at: number, etherType: number): PacketLook {
  const framed = at >= ETH_BYTES;
  const v6 = etherType === 0x86dd;
  return {
    kind: "other", letter: v6 ? "6" : "·", reply: false, ttl: null, vni: null, inner: null,
    from: framed ? macText(b, at - 8) : "", to: framed ? macText(b, at - 14) : "",
    what: v6 ? "IPv6" : !framed && etherType === 0 ? "what the program sends, without headers yet" : `EtherType 0x${etherType.toString(16).padStart(4, "0")}`, lengthBytes: b.length,
  };
}

const u16 = (b: Uint8Array, at: number): number => ((b[at] ?? 0) << 8) | (b[at + 1] ?? 0);
const ip = (b: Uint8Array, at: number): string => `${b[at]}.${b[at + 1]}.${b[at + 2]}.${b[at + 3]}`;
function macText(b: Uint8Array, at: number): string {
  let text = "";
  for (let i = 0; i < 6; i++) text += (i === 0 ? "" : ":") + (b[at + i] ?? 0).toString(16).padStart(2, "0");
  return text;
}
