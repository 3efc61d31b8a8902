/** One source of commands: the command line, a file, standard input. */
export interface Input {
  /** null = the command line (errors then carry no file name); "/dev/stdin" or a path else. */
  readonly name: string | null;
  readonly text: string;
  /** Where it was included from. */
  readonly from: Loc | null;
}

/** Bytes [start, end) of an input; characters are UTF-16 units. */
export interface Loc {
  readonly input: Input;
  readonly start: number;
  readonly end: number;
}

/** From the start of `a` to the end of `b` (one input). */
export const span = (a: Loc, b: Loc): Loc => ({ input: a.input, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) });

/** A diagnostic: "Error: text", the line and a caret under `at[0]`, tildes under the others (erec in nftables). */
export interface Diag {
  readonly level: "Error" | "Warning";
  readonly text: string;
  /** Empty: no source line. */
  readonly at: readonly Loc[];
}
