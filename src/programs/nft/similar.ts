/** How many letters must be changed, added, dropped or swapped to turn one word into the other (Damerau–Levenshtein). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(at(i - 1, j - 1) + (same ? 0 : 1), at(i - 1, j) + 1, at(i, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
  }
  return at(a.length, b.length);
}

/** The first of the names that is nearest to `word`, when it is near enough to be a slip of the hand. */
export function similar(word: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.floor(word.length / 2) + 1;
  for (const name of names) {
    const steps = distance(word, name);
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}
