import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";

/** Multipath TCP options (RFC 8684 §3), by subtype. */
const SUBTYPES = ["capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close"];
const SYN = 2;
const SYN_OR_ACK = 18;
const ACK = 16;
/** DSS flags. */
const [DATA_ACK, LONG_ACK, MAPPING, LONG_SEQ, DATA_FIN] = [1, 2, 4, 8, 16];

/** The text of an option, or `null` when its length does not fit its kind. */
type OptionText = (p: Printout, at: number, length: number, flags: number) => string | null;

const u64 = (p: Printout, at: number): bigint => (BigInt(p.u32(at)) << 32n) | BigInt(p.u32(at + 4));
const hex64 = (p: Printout, at: number): string => `0x${u64(p, at).toString(16)}`;

const capable: OptionText = (p, at, length, flags) => {
  const opening = (length === 12 || length === 4) && (flags & SYN) !== 0;
  const third = (length === 20 || length === 22) && (flags & SYN_OR_ACK) === ACK;
  if (!opening && !third) return null;
  const version = p.u8(at + 2) & 15;
  if (version > 1) return ` Unknown Version (${version})`;
  const checksum = p.u8(at + 3) & 0x80 ? " csum" : "";
  if (length === 4) return ` v${version}${checksum}`;
  return ` v${version}${checksum} {${hex64(p, at + 4)}${length >= 20 ? `,${hex64(p, at + 12)}` : ""}}`;
};

const join: OptionText = (p, at, length, flags) => {
  const fits =
    (length === 12 && (flags & SYN) !== 0) ||
    (length === 16 && (flags & SYN_OR_ACK) === SYN_OR_ACK) ||
    (length === 24 && (flags & ACK) !== 0);
  if (!fits) return null;
  if (length === 24) return ` hmac 0x${p.hexBytes(at + 4, 20)}`;
  const who = `${p.u8(at + 2) & 1 ? " backup" : ""} id ${p.u8(at + 3)}`;
  if (length === 12) return `${who} token 0x${hex(p.u32(at + 4))} nonce 0x${hex(p.u32(at + 8))}`;
  return `${who} hmac ${hex64(p, at + 4)} nonce 0x${hex(p.u32(at + 12))}`;
};

/** Data sequence signal; what it printed before it proved too short stays, as the option list goes on with `[bad opt]`. */
const dataSequence: OptionText = (p, at, length, flags) => {
  if (length < 4 || flags & SYN) return null;
  const bits = p.u8(at + 3);
  const end = at + length;
  at += 4;
  if (bits & DATA_FIN) p.put(" fin");
  const number = (label: string, bytes: 2 | 4 | 8): boolean => {
    p.put(label);
    if (at + bytes > end) return false;
    p.put(String(bytes === 8 ? u64(p, at) : bytes === 4 ? p.u32(at) : p.u16(at)));
    at += bytes;
    return true;
  };
  if (bits & DATA_ACK && !number(" ack ", bits & LONG_ACK ? 8 : 4)) return null;
  if (bits & MAPPING) {
    if (!number(" seq ", bits & LONG_SEQ ? 8 : 4)) return null;
    if (at + 4 > end || !number(" subseq ", 4)) return null;
    if (at + 2 > end || !number(" len ", 2)) return null;
    if (at + 2 <= end) p.put(` csum 0x${hex(p.u16(at))}`);
    if (at + 2 <= end) at += 2;
  }
  return at === end ? "" : null;
};

const ADDRESS_KINDS: Readonly<Record<number, string>> = { 6: "v0-ip6", 4: "v0-ip4", 1: "v1-echo", 0: "v1" };

const addAddress: OptionText = (p, at, length) => {
  const size = [8, 10, 16, 18].includes(length) ? 4 : [20, 22, 28, 30].includes(length) ? 16 : 0;
  if (size === 0) return null;
  const rest = length - 4 - size;
  const port = rest % 8 === 2 ? 2 : 0;
  const tail = at + 4 + size;
  const kind = ADDRESS_KINDS[p.u8(at + 2) & 15] ?? "[bad version/echo]";
  const address = size === 4 ? p.ip4(at + 4) : p.ip6(at + 4);
  return ` ${kind} id ${p.u8(at + 3)} ${address}${port ? `:${p.u16(tail)}` : ""}${rest >= 8 ? ` hmac ${hex64(p, tail + port)}` : ""}`;
};

const removeAddress: OptionText = (p, at, length) =>
  length < 4 ? null : ` id${Array.from({ length: length - 3 }, (_, i) => ` ${p.u8(at + 3 + i)}`).join("")}`;

const priority: OptionText = (p, at, length) =>
  length !== 3 && length !== 4 ? null : `${p.u8(at + 2) & 1 ? " backup" : " non-backup"}${length === 4 ? ` id ${p.u8(at + 3)}` : ""}`;

const fail: OptionText = (p, at, length) => (length === 12 ? ` seq ${u64(p, at + 4)}` : null);
const fastClose: OptionText = (p, at, length) => (length === 12 ? ` key ${hex64(p, at + 4)}` : null);

const TEXTS: readonly OptionText[] = [capable, join, dataSequence, addAddress, removeAddress, priority, fail, fastClose];

/** One MPTCP option; `data` is behind its kind and length bytes. False when it does not fit its subtype. */
export function printMptcp(p: Printout, data: number, dataBytes: number, flags: number): boolean {
  const length = dataBytes + 2;
  p.protocol = "mptcp";
  if (length < 3) return false;
  const subtype = p.u8(data) >> 4;
  p.put(` ${length} ${SUBTYPES[subtype] ?? "unknown"}`);
  const describe = TEXTS[subtype];
  let fits = true;
  p.within(data, dataBytes, () => {
    const text = describe === undefined ? "" : describe(p, data - 2, length, flags);
    fits = text !== null;
    p.put(text ?? "");
  });
  return fits;
}
