/** Columns a character takes on a terminal: 0 combining, 2 East Asian wide and most emoji, else 1. */
export function charWidth(ch: string): number {
  const cp = ch.codePointAt(0) ?? 0;
  if (cp < 0x300) return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? 2 : 1;
  if (/\p{M}|\u200b|\u200d|[\ufe00-\ufe0f]/u.test(ch)) return 0;
  return WIDE.some(([from, to]) => cp >= from && cp <= to) ? 2 : 1;
}

/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), merged into ranges. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x231a, 0x231b], [0x2329, 0x232a], [0x23e9, 0x23ec], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf],
  [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xa960, 0xa97f], [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60],
  [0xffe0, 0xffe6], [0x1f300, 0x1f64f], [0x1f680, 0x1f6ff], [0x1f900, 0x1f9ff], [0x20000, 0x3fffd],
];

/** Control characters are shown as ^X. */
export function shownChar(ch: string): string {
  const code = ch.charCodeAt(0);
  if (code < 0x20) return "^" + String.fromCharCode(code + 64);
  return code === 0x7f ? "^?" : ch;
}
