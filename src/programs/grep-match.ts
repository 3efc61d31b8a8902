import { compilePosix, fixedPattern } from "./lib/posix-regex.ts";

export interface Matcher {
  test(line: string): boolean;
  /** Every match in the line, as [start, end). */
  all(line: string): readonly (readonly [number, number])[];
}

export interface MatchOptions {
  /** Basic, extended, fixed. */
  readonly mode: "G" | "E" | "F";
  readonly ignoreCase: boolean;
  /** -w and -x. */
  readonly words: boolean;
  readonly lines: boolean;
}

/** All patterns as one matcher, or the error text of a bad pattern. */
export function buildMatcher(patterns: readonly string[], options: MatchOptions): Matcher | string {
  const sources: string[] = [];
  for (const pattern of patterns) {
    if (options.mode === "F") {
      sources.push(fixedPattern(pattern));
      continue;
    }
    const compiled = compilePosix(pattern, options.mode === "E");
    if (compiled.is === "bad") return compiled.why;
    sources.push(compiled.source);
  }
  if (sources.length === 0) return { test: () => false, all: () => [] };
  return matcherOf(sources.map((s) => decorate(s, options)), options.ignoreCase);
}

function decorate(source: string, o: MatchOptions): string {
  if (o.lines) return `^(?:${source})$`;
  return o.words ? `(?<![0-9A-Za-z_])(?:${source})(?![0-9A-Za-z_])` : source;
}

/** Each pattern is its own expression, so that back references keep their numbers; the leftmost longest match wins. */
function matcherOf(sources: readonly string[], ignoreCase: boolean): Matcher {
  const regexes = sources.map((s) => new RegExp(s, ignoreCase ? "gi" : "g"));
  const nextMatch = (line: string, from: number): readonly [number, number] | null => {
    let best: readonly [number, number] | null = null;
    for (const regex of regexes) {
      regex.lastIndex = from;
      const m = regex.exec(line);
      if (m === null) continue;
      const end = m.index + m[0].length;
      if (best === null || m.index < best[0] || (m.index === best[0] && end > best[1])) best = [m.index, end];
    }
    return best;
  };
  return {
    test: (line) => nextMatch(line, 0) !== null,
    all: (line) => {
      const found: (readonly [number, number])[] = [];
      for (let at = 0; at <= line.length; ) {
        const m = nextMatch(line, at);
        if (m === null) break;
        if (m[1] > m[0]) found.push(m);
        at = m[1] > m[0] ? m[1] : m[1] + 1;
      }
      return found;
    },
  };
}
