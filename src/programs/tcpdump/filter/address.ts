/** Addresses as they are written in filters: short IPv4 nets, and IPv6 in any of its forms. */

/** The longest prefix that has the form of an IPv6 address (values may still be wrong), "" if none. */
export function longestIp6(text: string): string {
  const run = /^[0-9A-Fa-f:.]+/.exec(text)?.[0] ?? "";
  for (let n = run.length; n >= 2; n--) {
    const candidate = run.slice(0, n);
    if (hasIp6Form(candidate)) return candidate;
  }
  return "";
}

function hasIp6Form(s: string): boolean {
  const halves = s.split("::");
  if (halves.length > 2 || !s.includes(":")) return false;
  let groups = 0;
  for (const [i, half] of halves.entries()) {
    if (half === "") continue;
    const parts = half.split(":");
    for (const [j, part] of parts.entries()) {
      const last = i === halves.length - 1 && j === parts.length - 1;
      if (last && /^\d+(\.\d+){3}$/.test(part)) groups += 2;
      else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

/** Whether it is an address that inet_pton(3) takes, not only one that looks like one. */
export const isIp6Shape = (s: string): boolean => parseIp6(s) !== null;

/** Four 32-bit words, `null` when it is no address. */
export function parseIp6(s: string): readonly number[] | null {
  if (!hasIp6Form(s)) return null;
  const [left = "", right] = s.split("::");
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  if (head === null || tail === null) return null;
  const groups = right === undefined ? head : [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return [0, 2, 4, 6].map((i) => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0);
}

function groupsOf(half: string): number[] | null {
  const groups: number[] = [];
  for (const part of half === "" ? [] : half.split(":")) {
    if (!part.includes(".")) groups.push(parseInt(part, 16));
    else {
      const bytes = part.split(".").map(Number);
      if (bytes.some((b, i) => b > 255 || /^0\d/.test(part.split(".")[i] ?? ""))) return null;
      groups.push((bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!);
    }
  }
  return groups;
}

/** One to four decimal parts; how many bits they are says how far a short net is shifted up. `null` when a part is over 255. */
export function parseShortIp4(s: string): { readonly value: number; readonly bits: number } | null {
  let value = 0;
  const parts = s.split(".");
  for (const part of parts) {
    if (!/^\d+$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return { value: value >>> 0, bits: parts.length * 8 };
}

/** Shift that keeps 32 bits and gives 0 for a shift of 32. */
export const shiftLeft = (value: number, bits: number): number => (bits >= 32 ? 0 : (value << bits) >>> 0);

/** Six bytes of a MAC address in any of the written forms, as upper 16 and lower 32 bits. */
export function parseFilterMac(s: string): { readonly high: number; readonly low: number } {
  const separated = /[:-]/.test(s) || s.split(".").length === 6;
  const digits = separated ? s.split(/[:.-]/).map((b) => b.padStart(2, "0")).join("") : s.replaceAll(".", "");
  return { high: parseInt(digits.slice(0, 4), 16), low: parseInt(digits.slice(4), 16) };
}
