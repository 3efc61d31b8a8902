/** The part of `lesson.yaml` that the page reads. Conditions are the engine's business and pass through unread. */
export interface LessonFacts {
  readonly id: string;
  readonly version: number;
  readonly minutes: number;
  readonly scenario: { readonly use: string; readonly seed: number };
  readonly shells?: readonly string[];
  readonly steps: readonly StepFacts[];
}

export interface CommandFacts {
  readonly at: string;
  readonly cmd: string;
  /** The command keeps running while the lesson goes on: a capture, a server. */
  readonly bg?: boolean;
}

export interface AskFacts {
  readonly id: string;
  readonly type: "choice" | "number" | "pick" | "order";
  readonly options?: readonly string[];
  readonly answer: string | number | readonly string[];
}

export interface StepFacts {
  readonly id: string;
  readonly run?: readonly CommandFacts[];
  readonly pauseAt?: { readonly event: string; readonly at?: string; readonly nth?: number };
  readonly ask?: readonly AskFacts[];
  readonly check?: unknown;
  readonly hints?: number;
}

/** `${name}` replaced by the lesson's variables; an unknown one stays visible. */
export function fillIn(text: string, vars: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => vars[name] ?? whole);
}
