import * as z from "zod/mini";
import { type Condition, IN_ENGLISH, conditionSchema, expectedEventSchema, predicatesIn } from "./checks/condition.ts";

/* What `lesson.yaml` may say. Words are in `<lang>.md` beside it and never come here. */

const place = z.string().check(z.regex(/^[A-Za-z0-9_./-]+$/, "is not the name of a place"));
const key = z.string().check(z.regex(/^[a-z][a-z0-9-]*$/, "is not a key (small letters, digits, dashes)"));
const zoom = z.enum(["clusters", "nodes", "stack", "kernel", "path"]);
const view = z.strictObject({ zoom: z.optional(zoom), focus: z.optional(z.array(place)), follow: z.optional(z.boolean()), show: z.optional(z.array(z.enum(["mine", "arp", "control", "keepalive"]))) });

const command = z.strictObject({
  at: place, cmd: z.string().check(z.minLength(1)), mode: z.optional(z.enum(["type", "run"])),
  /** Keeps running while the lesson goes on. */
  bg: z.optional(z.boolean()),
  times: z.optional(z.int().check(z.minimum(1), z.maximum(50))),
});
export type CommandFacts = z.output<typeof command>;

const ask = z.strictObject({
  id: key, type: z.enum(["choice", "number", "pick", "order"]), options: z.optional(z.array(z.string()).check(z.minLength(2))),
  answer: z.union([z.string(), z.number(), z.array(z.string())]),
  /** Must hold after the step: keeps the key honest. */
  proof: z.optional(conditionSchema),
});

const step = z.strictObject({
  id: key, run: z.optional(z.array(command)), view: z.optional(view), ask: z.optional(z.array(ask)), check: z.optional(conditionSchema),
  pauseAt: z.optional(z.strictObject({ event: z.string(), at: z.optional(place), nth: z.optional(z.int()) })),
  /** The tick is withdrawn when the state regresses. */
  mustHold: z.optional(z.boolean()),
  /** The check may hold before the step begins. */
  allowEarly: z.optional(z.boolean()),
  hints: z.optional(z.int().check(z.minimum(0), z.maximum(3))),
  diagnose: z.optional(z.array(z.strictObject({ when: conditionSchema, say: key }))),
  mistakes: z.optional(z.array(z.strictObject({ run: z.array(command), say: z.optional(key) }))),
  /** What the graph must show. */
  expectEvents: z.optional(z.array(expectedEventSchema)),
}).check(z.refine((s) => s.run !== undefined || s.ask !== undefined || s.check !== undefined, "needs at least one of run, ask and check"));
export type StepFacts = z.output<typeof step>;

const variable = z.union([z.strictObject({ ip: z.string() }), z.strictObject({ mac: z.string() }), z.strictObject({ subnet: z.string() }), z.strictObject({ value: z.union([z.string(), z.number()]) })]);

const lesson = z.strictObject({
  id: z.string().check(z.regex(/^((r|n|m|z|x)[0-9]{2}|c[1-5]-[0-9]{2})(-[a-z0-9]+)+$/, "is not a lesson id such as c2-09-trace")),
  version: z.int().check(z.minimum(1)), kind: z.enum(["lesson", "challenge", "quiz", "demo"]), deck: z.array(z.string()).check(z.minLength(1)),
  minutes: z.int().check(z.minimum(1), z.maximum(40)), needs: z.optional(z.array(z.string())), tags: z.optional(z.array(z.string())),
  /** `setup`: typed before the learner comes, so that a lesson may start where another ended. */
  scenario: z.strictObject({ use: z.string(), seed: z.int(), setup: z.optional(z.array(command)) }),
  view: z.optional(view), shells: z.optional(z.array(place)), vars: z.optional(z.record(z.string(), variable)),
  steps: z.array(step).check(z.minLength(1)), alternatives: z.optional(z.array(z.array(command))),
});
/** A lesson without its words. */
export type LessonFacts = z.output<typeof lesson>;

/** Reads a lesson; a string says, in words, what is wrong with it. */
export function readLessonFacts(raw: unknown): LessonFacts | string {
  const parsed = lesson.safeParse(raw, IN_ENGLISH);
  if (!parsed.success) return issueInWords(parsed.error.issues[0]!);
  return mistakeIn(parsed.data) ?? parsed.data;
}

function issueInWords(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("").replace(/^\./, "");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

/** What the shape alone cannot tell. */
function mistakeIn(facts: LessonFacts): string | null {
  const twice = facts.steps.find((s, i) => facts.steps.findIndex((other) => other.id === s.id) !== i);
  if (twice !== undefined) return `two steps are called ${twice.id}`;
  const unknown = [...JSON.stringify(facts.steps).matchAll(/\$\{([^}]+)\}/g)].find(([, name]) => facts.vars?.[name!] === undefined);
  if (unknown !== undefined) return `nothing says what ${unknown[0]} stands for`;
  for (const s of facts.steps) {
    const mistake = mistakeInStep(s);
    if (mistake !== null) return `step ${s.id}: ${mistake}`;
  }
  return null;
}

function mistakeInStep(s: StepFacts): string | null {
  const asks = s.ask ?? [];
  const checked = s.check === undefined ? [] : [...predicatesIn(s.check)];
  if (checked.some((p) => p.is === "ran")) return "a check reads state, not commands: \"ran\" is for diagnose";
  const open = checked.find((p) => p.is === "answered" && !asks.some((a) => a.id === p.want));
  if (open !== undefined) return `there is no question ${String(open.want)}`;
  const wrong = asks.find((a) => a.type === "choice" && !(a.options ?? []).includes(String(a.answer)));
  return wrong === undefined ? null : `the answer of ${wrong.id} is not one of its options`;
}

/** The sentences of a step's list of checks: one a top-level condition. */
export function topLevel(check: Condition | undefined): readonly Condition[] {
  if (check === undefined) return [];
  return check.is === "all" ? check.of : [check];
}
