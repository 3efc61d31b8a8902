import { z } from "zod";
import { TRACE_KINDS } from "../../net/uapi/trace.ts";
import { PACKET_FIELDS, PROTOCOLS } from "./packet.ts";

/*
 * The closed set of predicates a lesson may use. All of them read state or what happened; none reads
 * what was printed. In YAML a condition is an object with one key: {proc: {at: C0w2, dev: flannel.100}}.
 */

const place = z.string().regex(/^[A-Za-z0-9_./-]+$/, "is not the name of a place");
const port = z.string().regex(/^[^:\s]+:[^:\s]+$/, "must be \"place:device\"");
const value = z.union([z.string(), z.number()]).transform(String);
const count = z.number().int().min(1);
/** Default: since the lesson began. */
const since = z.literal("step").optional();
const fields = Object.fromEntries(PACKET_FIELDS.map((name) => [name, value.optional()])) as { [K in (typeof PACKET_FIELDS)[number]]: z.ZodOptional<typeof value> };

const eventArgs = z.strictObject({
  kind: z.enum(TRACE_KINDS), at: place.optional(), dev: z.string().optional(), drop: z.string().optional(),
  /** VXLAN network identifier of encap and decap. */
  vni: z.number().int().optional(), min: count.optional(), since, ...fields,
});

const ARGUMENTS = {
  answered: z.string(),
  /** A process in the place's network. `dev`: it captures on that device (or on all). One of name and dev must be there. */
  proc: z.strictObject({ at: place, name: z.string().optional(), dev: z.string().optional() }).refine((p) => p.name !== undefined || p.dev !== undefined, "needs a name or a dev"),
  /** Frames that passed a device while somebody captured there. `host`: from or to this address. */
  captured: z.strictObject({ at: place, dev: z.string(), proto: z.enum(PROTOCOLS).optional(), host: z.string().optional(), min: count.optional(), since }),
  event: eventArgs,
  /** A frame that passed `at` ("place:device"), `in` = arrived, `out` = left. */
  packet: z.strictObject({ at: port, proto: z.enum(PROTOCOLS).optional(), dir: z.enum(["in", "out"]).optional(), field: z.enum(PACKET_FIELDS).optional(), is: value.optional(), min: count.optional(), since })
    .refine((p) => (p.field === undefined) === (p.is === undefined), "needs both field and is, or neither"),
  netns: z.strictObject({ at: place, name: z.string() }),
  link: z.strictObject({
    at: place, name: z.string(), kind: z.string().optional(), up: z.boolean().optional(), carrier: z.boolean().optional(),
    master: z.string().optional(), mac: z.string().optional(), mtu: z.number().int().optional(), vni: z.number().int().optional(),
  }),
  /** `ip` with or without its prefix length. */
  addr: z.strictObject({ at: place, ip: z.string(), dev: z.string().optional() }),
  route: z.strictObject({ at: place, dst: z.string(), dev: z.string().optional(), via: z.string().optional(), not_dev: z.string().optional() }),
  neigh: z.strictObject({ at: place, ip: z.string(), dev: z.string().optional(), mac: z.string().optional(), state: z.string().optional() }),
  fdb: z.strictObject({ at: place, mac: z.string(), dev: z.string().optional(), dst: z.string().optional() }),
  sysctl: z.strictObject({ at: place, key: z.string(), is: value }),
  /** Packets counted by a device; `delta` = at least so many more since the step began. */
  counter: z.strictObject({ at: place, dev: z.string(), dir: z.enum(["rx", "tx"]), min: z.number().int().optional(), is: z.number().int().optional(), delta: count.optional() }),
  file: z.strictObject({ at: place, path: z.string().startsWith("/"), has: z.string().optional() }),
  /** The learner opened it: "route", "neigh", "fdb", "addr", "link", "bytes", "journey" … */
  looked: z.strictObject({ at: place.optional(), what: z.string(), since }),
  /** A command line the learner entered in this step; for `diagnose` only, never for checks. */
  ran: z.strictObject({ at: place, match: z.string().refine(isRegExp, "is not a regular expression") }),
} as const;

type Arguments = typeof ARGUMENTS;
export type PredicateName = keyof Arguments;
export type Want<K extends PredicateName> = z.output<Arguments[K]>;
export type Predicate = { [K in PredicateName]: { readonly is: K; readonly want: Want<K> } }[PredicateName];
export type Condition =
  | { readonly is: "all"; readonly of: readonly Condition[] }
  | { readonly is: "any"; readonly of: readonly Condition[] }
  | { readonly is: "not"; readonly of: Condition }
  | Predicate;

/** Named in the format, not simulated yet: a lesson that needs one is refused by its name. */
const NOT_BUILT: readonly string[] = ["nft", "listen", "etcd", "probe"];

/** What the graph must show, as in `expectEvents`. */
export const expectedEventSchema = eventArgs;

/** Reads one condition; issues name what is wrong. */
export const conditionSchema: z.ZodType<Condition> = z.unknown().transform((raw, ctx) => read(raw, [], ctx) ?? z.NEVER);

function read(raw: unknown, path: PropertyKey[], ctx: z.RefinementCtx): Condition | null {
  const entries = typeof raw === "object" && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [];
  if (entries.length !== 1) return refuse(ctx, path, raw, "a condition is an object with one key");
  const [name, argument] = entries[0]!;
  if (name === "all" || name === "any") return readList(name, argument, [...path, name], ctx);
  if (name === "not") {
    const of = read(argument, [...path, name], ctx);
    return of === null ? null : { is: "not", of };
  }
  if (NOT_BUILT.includes(name)) return refuse(ctx, path, raw, `the predicate "${name}" is not built yet`);
  if (!Object.hasOwn(ARGUMENTS, name)) return refuse(ctx, path, raw, `there is no predicate "${name}"`);
  return readPredicate(name as PredicateName, argument, [...path, name], ctx);
}

function readList(is: "all" | "any", raw: unknown, path: PropertyKey[], ctx: z.RefinementCtx): Condition | null {
  if (!Array.isArray(raw) || raw.length === 0) return refuse(ctx, path, raw, `"${is}" takes a list of conditions`);
  const of = raw.map((item, i) => read(item, [...path, i], ctx));
  return of.includes(null) ? null : { is, of: of.filter((c) => c !== null) };
}

function readPredicate(is: PredicateName, raw: unknown, path: PropertyKey[], ctx: z.RefinementCtx): Condition | null {
  const parsed = ARGUMENTS[is].safeParse(raw);
  if (parsed.success) return { is, want: parsed.data } as Predicate;
  const issue = parsed.error.issues[0]!;
  return refuse(ctx, [...path, ...issue.path], raw, issue.message);
}

function refuse(ctx: z.RefinementCtx, path: PropertyKey[], input: unknown, message: string): null {
  ctx.addIssue({ code: "custom", path, input, message });
  return null;
}

function isRegExp(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

/** Every predicate in a condition. */
export function* predicatesIn(condition: Condition): Generator<Predicate> {
  if (condition.is === "all" || condition.is === "any") for (const c of condition.of) yield* predicatesIn(c);
  else if (condition.is === "not") yield* predicatesIn(condition.of);
  else yield condition;
}
