/** strtol_or_err of iputils: a decimal number within bounds, or the words that iputils ends with. */
export function readLong(text: string, min: number, max: number): number | { readonly wrong: string } {
  const digits = /^\s*[+-]?\d+$/.test(text);
  if (!digits) return { wrong: `invalid argument: '${text}'` };
  const n = Number(text);
  return n < min || n > max ? { wrong: `invalid argument: '${text}': out of range: ${min} <= value <= ${max}` } : n;
}

/** `-V` of the iputils programs. */
export const iputilsVersion = (name: string): string =>
  `${name} from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n`;
