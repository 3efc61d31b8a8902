import { DHCP_MESSAGES, DHCP_OPTIONS } from "./dhcp-tables.ts";
import { SPECIAL_OPTIONS } from "./dhcp-special.ts";
import { printText } from "./dns-name.ts";
import type { Printout } from "./printout.ts";
import { tok } from "./text.ts";

const [PAD, MESSAGE_TYPE, PARAMETERS, END] = [0, 53, 55, 255];
const PARAMETERS_A_LINE = 4;

/** The options from `at` to END or to the end of the capture. PAD and END are shown with -vvv only. */
export function printDhcpOptions(p: Printout, at: number): void {
  while (p.has(at, 1)) {
    const tag = p.u8(at++);
    if (tag === PAD && p.opts.verbose < 3) continue;
    if (tag === END && p.opts.verbose < 3) return;
    const bare = tag === PAD || tag === END;
    const length = bare ? 0 : p.u8(at++);
    p.put(`\n\t    ${optionName(tag)} (${tag}), length ${length}${length > 0 ? ": " : ""}`);
    if (tag === PAD) at = printPadding(p, at);
    if (!p.has(at, length)) return p.truncated();
    if (!printOption(p, tag, at, length)) return p.truncated();
    at += length;
  }
}

const optionName = (tag: number): string => tok(DHCP_OPTIONS, tag, "?Unknown").slice(1);

/** A run of PADs is counted. */
function printPadding(p: Printout, at: number): number {
  let count = 1;
  while (p.has(at, 1) && p.u8(at) === PAD) {
    at++;
    count++;
  }
  if (count > 1) p.put(`, occurs ${count}`);
  return at;
}

/** False when its text was cut off. */
function printOption(p: Printout, tag: number, at: number, length: number): boolean {
  if (tag === MESSAGE_TYPE && length === 1) {
    p.put(tok(DHCP_MESSAGES, p.u8(at), "Unknown (%u)"));
    return true;
  }
  if (tag === PARAMETERS) {
    for (let i = 0; i < length; i++)
      p.put(`${i % PARAMETERS_A_LINE === 0 ? "\n\t      " : ", "}${optionName(p.u8(at + i))} (${p.u8(at + i)})`);
    return true;
  }
  const left = printData(p, formOf(tag, length), tag, at, length);
  if (left === null) return false;
  if (left > 0) p.put(`\n\t  trailing data length ${left}`);
  return true;
}

/** Unknown options are shown by what their length suggests. */
function formOf(tag: number, length: number): string {
  const form = (DHCP_OPTIONS[tag] ?? "?").charAt(0);
  return form !== "?" ? form : length & 1 ? "b" : length & 2 ? "s" : "l";
}

/** Bytes left over by the form, `null` when text was cut off. */
function printData(p: Printout, form: string, tag: number, at: number, length: number): number | null {
  const each = (size: number, text: (at: number) => string, separator = ","): number => {
    const count = Math.floor(length / size);
    p.put(Array.from({ length: count }, (_, i) => text(at + i * size)).join(separator));
    return length % size;
  };
  if (form === "$") return SPECIAL_OPTIONS.get(tag)?.(p, at, length) ?? null;
  if (form === "i") return each(4, (a) => p.ip4(a));
  if (form === "l") return each(4, (a) => String(p.u32(a)));
  if (form === "L") return each(4, (a) => String(p.u32(a) | 0));
  if (form === "p") return each(8, (a) => `(${p.ip4(a)}:${p.ip4(a + 4)})`);
  if (form === "s") return each(2, (a) => String(p.u16(a)));
  if (form === "B") return each(1, (a) => ["N", "Y"][p.u8(a)] ?? `${p.u8(a)}?`);
  if (form !== "a") return each(1, (a) => String(p.u8(a)), ".");
  p.put('"');
  const whole = printText(p, at, length);
  p.put('"');
  return whole ? 0 : null;
}
