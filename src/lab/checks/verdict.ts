/** What a predicate says. All three are sentences for the learner. */
export interface Verdict {
  readonly pass: boolean;
  /** What must be so: "A capture runs on flannel.100 of C0w2". */
  readonly text: string;
  /** The opposite of `text`, for `not`. */
  readonly denied: string;
  /** What is so now: "C0w2: nothing captures on flannel.100". */
  readonly found: string;
}

/** "3 ICMP packets", "1 frame". */
export const counted = (n: number | "no", thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
