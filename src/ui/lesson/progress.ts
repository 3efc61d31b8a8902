import type { Storage } from "../app/prefs.ts";

export type StepMark = "solved" | "seen" | "skipped";

/** How far a learner came in one lesson. Stored under id and version: a changed lesson begins anew. */
export interface LessonProgress {
  readonly step: number;
  readonly marks: Readonly<Record<string, StepMark>>;
  readonly answers: Readonly<Record<string, string>>;
}

const NONE: LessonProgress = { step: 0, marks: {}, answers: {} };
const keyOf = (id: string, version: number): string => `knetsim.lesson.${id}@${version}`;

export function loadProgress(storage: Storage | null, id: string, version: number): LessonProgress {
  try {
    const parsed: unknown = JSON.parse(storage?.getItem(keyOf(id, version)) ?? "null");
    return typeof parsed === "object" && parsed !== null ? { ...NONE, ...parsed } : NONE;
  } catch {
    return NONE;
  }
}

export function saveProgress(storage: Storage | null, id: string, version: number, progress: LessonProgress): void {
  try {
    storage?.setItem(keyOf(id, version), JSON.stringify(progress));
  } catch {
    // Without storage the lesson works; it only is not remembered.
  }
}
