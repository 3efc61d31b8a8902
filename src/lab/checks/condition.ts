import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { TRACE_KINDS } from "../../net/uapi/trace.ts";
import { PACKET_FIELDS, PROTOCOLS } from "./packet.ts";

/*
 * The closed set of predicates a lesson may use. All of them read state or what happened; none reads
 * what was printed. In YAML a condition is an object with one key: {proc: {at: C0w2, dev: flannel.100}}.
 */

/** The small build of the schema library brings no words of its own. */
export const IN_ENGLISH = { error: en().localeError };

const place = z.string().check(z.regex(/^[A-Za-z0-9_./-]+$/, "is not the name of a place"));
const port = z.string().check(z.regex(/^[^:\s]+:[^:\s]+$/, "must be \"place:device\""));
const value = z.pipe(z.union([z.string(), z.number()]), z.transform(String));
const count = z.int().check(z.minimum(1));
/** Default: since the lesson began. */
const since = z.optional(z.literal("step"));
const fields = Object.fromEntries(PACKET_FIELDS.map((name) => [name, z.optional(value)])) as { [K in (typeof PACKET_FIELDS)[number]]: z.ZodMiniOptional<typeof value> };

const eventArgs = z.strictObject({
  kind: z.enum(TRACE_KINDS), at: z.optional(place), dev: z.optional(z.string()), drop: z.optional(z.string()),
  /** VXLAN network identifier of encap and decap. */
  vni: z.optional(z.int()), min: z.optional(count), since, ...fields,
});

const ARGUMENTS = {
  answered: z.string(),
  /** A process in the place's network. `dev`: it captures on that device (or on all). One of name and dev must be there. */
  proc: z.strictObject({ at: place, name: z.optional(z.string()), dev: z.optional(z.string()) }).check(z.refine((p) => p.name !== undefined || p.dev !== undefined, "needs a name or a dev")),
  /** Frames that passed a device while somebody captured there. `host`: from or to this address. */
  captured: z.strictObject({ at: place, dev: z.string(), proto: z.optional(z.enum(PROTOCOLS)), host: z.optional(z.string()), min: z.optional(count), since }),
  event: eventArgs,
  /** A frame that passed `at` ("place:device"), `in` = arrived, `out` = left. */
  packet: z.strictObject({ at: port, proto: z.optional(z.enum(PROTOCOLS)), dir: z.optional(z.enum(["in", "out"])), field: z.optional(z.enum(PACKET_FIELDS)), is: z.optional(value), min: z.optional(count), since })
    .check(z.refine((p) => (p.field === undefined) === (p.is === undefined), "needs both field and is, or neither")),
  netns: z.strictObject({ at: place, name: z.string() }),
  link: z.strictObject({
    at: place, name: z.string(), kind: z.optional(z.string()), up: z.optional(z.boolean()), carrier: z.optional(z.boolean()),
    master: z.optional(z.string()), mac: z.optional(z.string()), mtu: z.optional(z.int()), vni: z.optional(z.int()),
  }),
  /** `ip` with or without its prefix length. */
  addr: z.strictObject({ at: place, ip: z.string(), dev: z.optional(z.string()) }),
  route: z.strictObject({ at: place, dst: z.string(), dev: z.optional(z.string()), via: z.optional(z.string()), not_dev: z.optional(z.string()) }),
  neigh: z.strictObject({ at: place, ip: z.string(), dev: z.optional(z.string()), mac: z.optional(z.string()), state: z.optional(z.string()) }),
  fdb: z.strictObject({ at: place, mac: z.string(), dev: z.optional(z.string()), dst: z.optional(z.string()) }),
  sysctl: z.strictObject({ at: place, key: z.string(), is: value }),
  /** Packets counted by a device; `delta` = at least so many more since the step began. */
  counter: z.strictObject({ at: place, dev: z.string(), dir: z.enum(["rx", "tx"]), min: z.optional(z.int()), is: z.optional(z.int()), delta: z.optional(count) }),
  /**
   * A table ("ip nat" or "nat"), a chain, a chain on a hook, or a rule whose text has these pieces in order; `packets` = what
   * such rules have counted together, `delta` = at least so many more since the step began.
   */
  nft: z.strictObject({
    at: place, table: z.optional(z.string()), chain: z.optional(z.string()), hook: z.optional(z.string()),
    rule: z.optional(z.array(z.string()).check(z.minLength(1))),
    packets: z.optional(z.strictObject({ is: z.optional(z.int()), min: z.optional(z.int()), delta: z.optional(count) })),
  }).check(z.refine((w) => w.packets === undefined || w.rule !== undefined, "packets are counted by rules: name one")),
  /** Somebody accepts connections on a TCP port (or receives on a UDP port). */
  listen: z.strictObject({ at: place, port: z.int(), proto: z.optional(z.enum(["tcp", "udp"])) }),
  file: z.strictObject({ at: place, path: z.string().check(z.startsWith("/")), has: z.optional(z.string()) }),
  /** The learner opened it: "route", "neigh", "fdb", "addr", "link", "bytes", "journey" … */
  looked: z.strictObject({ at: z.optional(place), what: z.string(), since }),
  /** A command line the learner entered in this step; for `diagnose` only, never for checks. */
  ran: z.strictObject({ at: place, match: z.string().check(z.refine(isRegExp, "is not a regular expression")) }),
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
const NOT_BUILT: readonly string[] = ["etcd", "probe"];

/** What the graph must show, as in `expectEvents`. */
export const expectedEventSchema = eventArgs;

/** Reads one condition; issues name what is wrong. */
export const conditionSchema: z.ZodMiniType<Condition> = z.pipe(z.unknown(), z.transform((raw, ctx) => read(raw, [], ctx) ?? z.NEVER));

function read(raw: unknown, path: PropertyKey[], ctx: z.core.ParsePayload): Condition | null {
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

function readList(is: "all" | "any", raw: unknown, path: PropertyKey[], ctx: z.core.ParsePayload): Condition | null {
  if (!Array.isArray(raw) || raw.length === 0) return refuse(ctx, path, raw, `"${is}" takes a list of conditions`);
  const of = raw.map((item, i) => read(item, [...path, i], ctx));
  return of.includes(null) ? null : { is, of: of.filter((c) => c !== null) };
}

function readPredicate(is: PredicateName, raw: unknown, path: PropertyKey[], ctx: z.core.ParsePayload): Condition | null {
  const parsed = ARGUMENTS[is].safeParse(raw, IN_ENGLISH);
  if (parsed.success) return { is, want: parsed.data } as Predicate;
  const issue = parsed.error.issues[0]!;
  return refuse(ctx, [...path, ...issue.path], raw, issue.message);
}

function refuse(ctx: z.core.ParsePayload, path: PropertyKey[], input: unknown, message: string): null {
  ctx.issues.push({ code: "custom", path, input, message });
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
