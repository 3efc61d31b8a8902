import type { Dialogue } from "./dialogue.ts";

/** A gap between two segments of one side that a timer made, seconds: shorter ones are the machine's own speed. */
const TIMER_GAP = 0.15;
const GAP_SLACK = 0.05;
const GAP_SHARE = 0.1;

interface Segment {
  readonly at: number;
  readonly text: string;
}

/** What the wire is like: "mtu 9000", "router 1000" for a router with such a link to b, or "lo 1": both are one machine. */
export const isSetting = (line: string): boolean => /^(mtu|router|lo) /.test(line);
export const isSegment = (line: string): boolean => line.startsWith("  ");

function segmentsOf(lines: readonly string[], side: string): readonly Segment[] {
  return lines.filter(isSegment).map((line) => line.trim().split(" ")).filter((words) => words[1] === side)
    .map(([at = "0", ...words]) => ({ at: Number(at), text: words.join(" ") }));
}

/**
 * What differs between a recorded dialogue and the one played: answers of calls, and each side's segments in order with all their
 * fields. How the two sides' segments interleave is the wire's business (a real veth has no delay), and so is the time
 * between them, unless a timer made it.
 */
export function differences(recorded: Dialogue, played: readonly string[]): readonly string[] {
  const calls = (lines: readonly string[]): readonly string[] => lines.filter((l) => l !== "" && !isSegment(l) && !isSetting(l));
  return [
    ...differ("call", calls(recorded.lines), calls(played)),
    ...["a", "b", "r"].flatMap((side) => sideDiffers(segmentsOf(recorded.lines, side), segmentsOf(played, side))),
  ];
}

function differ(what: string, wanted: readonly string[], got: readonly string[]): readonly string[] {
  const length = Math.max(wanted.length, got.length);
  for (let i = 0; i < length; i++) if (wanted[i] !== got[i]) return [`${what} ${i + 1}: ${wanted[i] ?? "(none)"}, but here ${got[i] ?? "(none)"}`];
  return [];
}

function sideDiffers(wanted: readonly Segment[], got: readonly Segment[]): readonly string[] {
  const texts = differ("segment", wanted.map((s) => s.text), got.map((s) => s.text));
  return texts.length > 0 ? texts : wanted.slice(1).flatMap((s, i) => {
    const [gap, ours] = [s.at - wanted[i]!.at, got[i + 1]!.at - got[i]!.at];
    const same = Math.max(gap, ours) < TIMER_GAP || Math.abs(gap - ours) <= GAP_SLACK + GAP_SHARE * gap;
    return same ? [] : [`${s.text}: ${gap.toFixed(3)} s after the one before, here ${ours.toFixed(3)} s`];
  });
}
