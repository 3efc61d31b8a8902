import type { Printout } from "./printout.ts";
import { bitNames, hex, tok, visible } from "./text.ts";
import type { Words } from "./text.ts";

/** Bridge protocol data units, IEEE 802.1D §9.3 and 802.1Q §14. */
const PROTOCOLS: Words = { 0: "802.1d", 2: "802.1w", 3: "802.1s", 4: "802.1aq" };
const TYPES: Words = { 0: "Config", 2: "Rapid STP", 0x80: "Topology Change" };
const FLAGS = [
  [0x01, "Topology change"], [0x02, "Proposal"], [0x10, "Learn"], [0x20, "Forward"], [0x40, "Agreement"], [0x80, "Topology change ACK"],
] as const;
const ROLES = ["Unknown", "Alternate", "Root", "Designated"];
const RAPID = 2;
const MULTIPLE = 3;
const [CONFIG, RAPID_TYPE] = [0, 2];
/** Field offsets. */
const AT = { flags: 4, root: 5, cost: 13, bridge: 17, port: 25, age: 27, maxAge: 29, hello: 31, delay: 33, v1Length: 35, v3Length: 36, name: 39, revision: 71, digest: 73, inner: 89, cist: 93, hops: 101, instances: 102 };
const CONFIG_BYTES = 35;
const NAME_BYTES = 32;
const V3_FIXED_BYTES = 64;
const INSTANCE_BYTES = 16;

/** Spanning tree; `length` is the payload of its LLC header. */
export function printStp(p: Printout, at: number, length: number): void {
  p.protocol = "stp";
  if (length < 4) return p.invalid();
  if (p.u16(at) !== 0) return p.put(`unknown STP version, length ${length}`);
  const version = p.u8(at + 2);
  p.put(`STP ${tok(PROTOCOLS, version, "Unknown STP protocol (0x%02x)")}`);
  if (PROTOCOLS[version] === undefined) return;
  const type = p.u8(at + 3);
  p.put(`, ${tok(TYPES, type, "Unknown BPDU Type (0x%02x)")}`);
  if (type === CONFIG || (type === RAPID_TYPE && version === RAPID)) {
    if (length < CONFIG_BYTES + (type === RAPID_TYPE ? 1 : 0)) return p.invalid();
    printConfig(p, at, length, version);
  } else if (type === RAPID_TYPE && version >= MULTIPLE) {
    const fits = length >= AT.instances && p.u8(at + AT.v1Length) === 0 && length >= AT.v3Length + 2 + p.u16(at + AT.v3Length);
    if (!fits) return p.invalid();
    printMultiple(p, at, length);
  }
}

const bridgeId = (p: Printout, at: number): string => `${p.hexBytes(at, 2)}.${p.hexBytes(at + 2, 6, ":")}`;
const flagsText = (flags: number): string => bitNames(FLAGS, flags, "none");
const roleText = (flags: number): string => ROLES[(flags & 0x0c) >> 2] ?? "Unknown";

function timesText(p: Printout, at: number): string {
  const seconds = (offset: number): string => `${(p.u16(at + offset) / 256).toFixed(2)}s`;
  return (
    `\n\tmessage-age ${seconds(AT.age)}, max-age ${seconds(AT.maxAge)}, ` +
    `hello-time ${seconds(AT.hello)}, forwarding-delay ${seconds(AT.delay)}`
  );
}

function printConfig(p: Printout, at: number, length: number, version: number): void {
  const flags = p.u8(at + AT.flags);
  p.put(`, Flags [${flagsText(flags)}]`);
  p.put(`, bridge-id ${bridgeId(p, at + AT.bridge)}.${hex(p.u16(at + AT.port), 4)}, length ${length}`);
  if (p.opts.verbose === 0) return;
  p.put(timesText(p, at));
  p.put(`\n\troot-id ${bridgeId(p, at + AT.root)}, root-pathcost ${p.u32(at + AT.cost)}`);
  if (version === RAPID) p.put(`, port-role ${roleText(flags)}`);
}

function printMultiple(p: Printout, at: number, length: number): void {
  const flags = p.u8(at + AT.flags);
  p.put(`, CIST Flags [${flagsText(flags)}], length ${length}`);
  if (p.opts.verbose === 0) return;
  p.put(`\n\tport-role ${roleText(flags)}, `);
  p.put(`CIST root-id ${bridgeId(p, at + AT.root)}, CIST ext-pathcost ${p.u32(at + AT.cost)}`);
  p.put(`\n\tCIST regional-root-id ${bridgeId(p, at + AT.bridge)}, `);
  p.put(`CIST port-id ${hex(p.u16(at + AT.port), 4)},`);
  p.put(timesText(p, at));
  const v3Length = p.u16(at + AT.v3Length);
  p.put(`\n\tv3len ${v3Length}, MCID Name `);
  for (let i = 0; i < NAME_BYTES && p.u8(at + AT.name + i) !== 0; i++) p.put(visible(p.u8(at + AT.name + i)));
  p.put(`, rev ${p.u16(at + AT.revision)},\n\t\tdigest ${p.hexBytes(at + AT.digest, 16)}, `);
  p.put(`CIST int-root-pathcost ${p.u32(at + AT.inner)},`);
  p.put(`\n\tCIST bridge-id ${bridgeId(p, at + AT.cist)}, `);
  p.put(`CIST remaining-hops ${p.u8(at + AT.hops)}`);
  const instances = Math.floor(Math.max(0, v3Length - V3_FIXED_BYTES) / INSTANCE_BYTES);
  for (let i = 0; i < instances; i++) printInstance(p, at + AT.instances + i * INSTANCE_BYTES);
}

function printInstance(p: Printout, at: number): void {
  const flags = p.u8(at);
  p.put(`\n\tMSTI ${p.u16(at + 1) & 0xfff}, Flags [${flagsText(flags)}], port-role ${roleText(flags)}`);
  p.put(`\n\t\tMSTI regional-root-id ${bridgeId(p, at + 1)}, pathcost ${p.u32(at + 9)}`);
  p.put(`\n\t\tMSTI bridge-prio ${p.u8(at + 13) >> 4}, port-prio ${p.u8(at + 14) >> 4}, hops ${p.u8(at + 15)}`);
}
