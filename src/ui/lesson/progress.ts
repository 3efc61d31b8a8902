import type { Storage } from "../app/prefs.ts";

export type StepMark = "solved" | "seen" | "skipped";

/** How far a learner came in one version of a lesson; kept in this browser only. */
export interface LessonProgress {
  readonly version: number;
  readonly steps: number;
  readonly marks: Readonly<Record<string, StepMark>>;
}

const keyOf = (id: string): string => `knetsim.lesson.${id}`;

/** Null when the lesson was never begun, or storage is blocked. */
export function loadProgress(storage: Storage | null, id: string): LessonProgress | null {
  try {
    const parsed = JSON.parse(storage?.getItem(keyOf(id)) ?? "null") as Partial<LessonProgress> | null;
    return parsed === null ? null : { version: 0, steps: 0, marks: {}, ...parsed };
  } catch {
    return null;
  }
}

export function saveProgress(storage: Storage | null, id: string, progress: LessonProgress): void {
  try {
    storage?.setItem(keyOf(id), JSON.stringify(progress));
  } catch {
    // Without storage the lesson works; it only is not remembered.
  }
}

/** "2 of 3 steps done", or "" when none is. */
export function progressWords(progress: LessonProgress | null): string {
  const done = Object.values(progress?.marks ?? {}).filter((mark) => mark === "solved").length;
  return progress === null || done === 0 ? "" : `${done} of ${progress.steps} steps done`;
}
