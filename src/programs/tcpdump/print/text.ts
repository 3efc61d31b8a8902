/** A table from value to words. */
export type Words = Readonly<Record<number, string>>;

/** The words for `value`; otherwise `otherwise`, in which %u, %x and %04x stand for the value. */
export function tok(words: Words, value: number, otherwise: string): string {
  return words[value] ?? fill(otherwise, value);
}

function fill(format: string, value: number): string {
  return format.replace(/%(0(\d))?([ux])/, (_all, _pad, width: string | undefined, kind: string) =>
    value.toString(kind === "x" ? 16 : 10).padStart(Number(width ?? 0), "0"),
  );
}

/** Names of the bits that are set, in the table's order. */
export function bitNames(bits: readonly (readonly [number, string])[], value: number, none: string, separator = ", "): string {
  const names = bits.filter(([mask]) => mask !== 0 && (value & mask) === mask).map(([, name]) => name);
  return names.length === 0 ? fill(none, value) : names.join(separator);
}

export const hex = (value: number, width = 0): string => value.toString(16).padStart(width, "0");
export const dec2 = (value: number): string => String(value).padStart(2, "0");

/** The low-ASCII picture of a byte as vis(3) makes it: ^X for control characters, M- for the high half. */
export function visible(byte: number): string {
  const high = byte >= 0x80 ? "M-" : "";
  const low = byte & 0x7f;
  return high + (low < 0x20 || low === 0x7f ? `^${String.fromCharCode(low ^ 0x40)}` : String.fromCharCode(low));
}

const SPANS: readonly (readonly [number, string])[] = [
  [31536000, "y"], [604800, "w"], [86400, "d"], [3600, "h"], [60, "m"], [1, "s"],
];

/** Seconds as 1w2d3h4m5s. */
export function relativeTime(seconds: number): string {
  if (seconds === 0) return "0s";
  let text = "";
  for (const [span, unit] of SPANS) {
    if (seconds < span) continue;
    text += `${Math.floor(seconds / span)}${unit}`;
    seconds %= span;
  }
  return text;
}
