import type { Errno } from "../../uapi/errno.ts";
import type { NftReg } from "../../uapi/nft-expr.ts";
import type { NftRegs, RunVerdict } from "./model.ts";

/** What every instruction of the nf_tables machine needs: verdicts, register bounds, values in registers. */

export const CONTINUE: RunVerdict = { code: "continue" };
export const BREAK: RunVerdict = { code: "break" };
export const RETURN: RunVerdict = { code: "return" };
export const ACCEPT: RunVerdict = { code: "accept" };
export const DROP: RunVerdict = { code: "drop" };
export const STOLEN: RunVerdict = { code: "stolen" };

/** sizeof(struct nft_regs) without the verdict: 16 words. */
export const REG_BYTES = 64;
/** sizeof(struct nft_data): most an immediate or a comparison may carry. */
export const DATA_BYTES = 16;

export const newRegs = (): NftRegs => ({ data: new Uint8Array(REG_BYTES), verdict: CONTINUE });

/** nft_validate_register_load / _store: words 0–15, at least a byte, all of it inside the registers. */
export function checkReg(reg: NftReg, lenBytes: number): Errno | null {
  if (!Number.isInteger(reg) || reg < 0 || reg > 15) return "ERANGE";
  if (!Number.isInteger(lenBytes) || lenBytes <= 0) return "EINVAL";
  return reg * 4 + lenBytes > REG_BYTES ? "ERANGE" : null;
}

/** nft_parse_u32_check with U8_MAX: most lengths and offsets are kept in a byte. */
export const checkU8 = (n: number): Errno | null => (n < 0 || n > 255 ? "ERANGE" : null);

/** First error of several checks. */
export function firstError(...checks: readonly (Errno | null)[]): Errno | null {
  for (const check of checks) if (check !== null) return check;
  return null;
}

/** nft_reg_store8: a byte, the rest of the word zero. */
export function store8(regs: NftRegs, at: number, value: number): void {
  const { data } = regs;
  data[at] = value;
  data[at + 1] = 0;
  data[at + 2] = 0;
  data[at + 3] = 0;
}

/** nft_reg_store16: host order (little endian), the rest of the word zero. */
export function store16(regs: NftRegs, at: number, value: number): void {
  const { data } = regs;
  data[at] = value;
  data[at + 1] = value >>> 8;
  data[at + 2] = 0;
  data[at + 3] = 0;
}

/** nft_reg_store_be16: network order. */
export function storeBe16(regs: NftRegs, at: number, value: number): void {
  const { data } = regs;
  data[at] = value >>> 8;
  data[at + 1] = value;
  data[at + 2] = 0;
  data[at + 3] = 0;
}

/** A word in host order. */
export function store32(regs: NftRegs, at: number, value: number): void {
  const { data } = regs;
  data[at] = value;
  data[at + 1] = value >>> 8;
  data[at + 2] = value >>> 16;
  data[at + 3] = value >>> 24;
}

/** A word in network order. */
export function storeBe32(regs: NftRegs, at: number, value: number): void {
  const { data } = regs;
  data[at] = value >>> 24;
  data[at + 1] = value >>> 16;
  data[at + 2] = value >>> 8;
  data[at + 3] = value;
}

/** Two words in host order; exact below 2^53. */
export function store64(regs: NftRegs, at: number, value: number): void {
  store32(regs, at, value % 0x100000000);
  store32(regs, at + 4, Math.floor(value / 0x100000000));
}

/** A name in 16 bytes, zero padded (strscpy_pad into IFNAMSIZ). */
export function storeName(regs: NftRegs, at: number, name: string): void {
  const { data } = regs;
  for (let i = 0; i < 16; i++) data[at + i] = i < name.length && i < 15 ? name.charCodeAt(i) : 0;
}

/** A word in host order, as unsigned number. */
export function load32(data: Uint8Array, at: number): number {
  return (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
}

/** Half a word in host order. */
export const load16 = (data: Uint8Array, at: number): number => data[at]! | (data[at + 1]! << 8);

/** memcmp of `len` bytes: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, aAt: number, b: Uint8Array, len: number): number {
  for (let i = 0; i < len; i++) {
    const d = a[aAt + i]! - b[i]!;
    if (d !== 0) return d;
  }
  return 0;
}
