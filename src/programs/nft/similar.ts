/**
 * Slips of the hand, as nftables' misspell.c finds them. Its table of distances is laid out with rows one cell too
 * short and looks one letter ahead, so that its answers are not quite Damerau–Levenshtein's; a hint is printed or
 * not by these very answers, and found out by asking the real one about 427 pairs of words.
 */
export function wordDistance(name: string, typed: string): number {
  const stride = typed.length;
  const cells: number[] = [];
  const at = (i: number, j: number): number => cells[i * stride + j] ?? 0;
  const same = (i: number, j: number): boolean => (name[i] ?? "") === (typed[j] ?? "");
  for (let i = 0; i <= name.length; i++) cells[i * stride] = i;
  for (let j = 0; j <= typed.length; j++) cells[j] = j;
  for (let i = 1; i <= name.length; i++) {
    for (let j = 1; j <= typed.length; j++) {
      const step = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same(i, j) ? 0 : 1));
      const swapped = i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j);
      cells[i * stride + j] = swapped ? Math.min(step, at(i - 2, j - 2) + 1) : step;
    }
  }
  return at(name.length, typed.length);
}

/** How far apart two words may be; 0 = names of one letter are like nothing. */
function threshold(a: number, b: number): number {
  const longest = Math.max(a, b);
  if (longest <= 1) return 0;
  return Math.ceil((Math.abs(a - b) <= 1 ? longest : longest + 2) / 3);
}

/** The first of those whose name is nearest to what was typed, if any is near enough (string_misspell_update). */
export function nearestOf<T>(typed: string, all: readonly T[], nameOf: (item: T) => string): T | null {
  let best: T | null = null;
  let least = Infinity;
  for (const item of all) {
    const name = nameOf(item);
    const most = threshold(name.length, typed.length);
    const steps = most === 0 ? Infinity : wordDistance(name, typed);
    if (steps <= most && steps < least) [best, least] = [item, steps];
  }
  return best;
}

/** The same among plain names. */
export const similar = (typed: string, names: readonly string[]): string | null => nearestOf(typed, names, (name) => name);
