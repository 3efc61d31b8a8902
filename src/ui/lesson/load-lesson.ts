import { browserStorage } from "../app/prefs.ts";
import type { Session } from "../app/session.ts";
import type { LessonFacts } from "./facts.ts";
import { LessonRun } from "./lesson-run.ts";
import { saveProgress } from "./progress.ts";
import { parseWords } from "./words.ts";

/** YAML is read at build time (vite.config.ts), so that no reader of it travels to the page. */
const FACTS = import.meta.glob<LessonFacts>("../../../lessons/*/lesson.yaml", { import: "default" });
const WORDS = import.meta.glob<string>("../../../lessons/*/en.md", { query: "?raw", import: "default" });

/** Ids of the lessons in this build. */
export function lessonIds(): string[] {
  return Object.keys(FACTS).map((path) => path.split("/").at(-2) ?? "").sort();
}

export interface LessonEntry {
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
}

/** Titles of all lessons, in the order of the course (their ids). */
export async function lessonCatalogue(): Promise<LessonEntry[]> {
  return Promise.all(lessonIds().map(async (id) => {
    const [facts, words] = await Promise.all([FACTS[`../../../lessons/${id}/lesson.yaml`]?.(), WORDS[`../../../lessons/${id}/en.md`]?.()]);
    return { id, title: parseWords(words ?? "").title, minutes: facts?.minutes ?? 0 };
  }));
}

/** Fetches a lesson's facts and words. Null when there is no such lesson. */
export async function loadLesson(session: Session, id: string): Promise<LessonRun | null> {
  const facts = FACTS[`../../../lessons/${id}/lesson.yaml`];
  const words = WORDS[`../../../lessons/${id}/en.md`];
  if (facts === undefined || words === undefined) return null;
  const [read, text] = await Promise.all([facts(), words()]);
  const storage = browserStorage();
  return new LessonRun(session, read, parseWords(text), (marks) => {
    saveProgress(storage, read.id, { version: read.version, steps: read.steps.length, marks });
  });
}
