import type { Task } from "../../../os/sys.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type Directive, type SetResult } from "./directive.ts";
import { LocConf, type LocKind } from "./model.ts";
import type { Pattern } from "./regex.ts";

/** `location`: which kind its words make it, and where it may stand. */

const MODIFIERS: Readonly<Record<string, LocKind>> = { "=": "exact", "^~": "no-regex", "~": "regex", "~*": "regex" };

interface Named {
  readonly kind: LocKind;
  readonly name: string;
  readonly pattern?: Pattern;
}

function readName(cf: Conf, words: readonly string[]): Named | ReturnType<Conf["emerg"]> {
  if (words.length === 3) return withModifier(cf, words[1] ?? "", words[2] ?? "");
  const text = words[1] ?? "";
  const glued = /^(=|\^~|~\*|~)(.*)$/s.exec(text);
  if (glued !== null) return withModifier(cf, glued[1] ?? "", (glued[2] ?? "").trimStart());
  return { kind: text.startsWith("@") ? "named" : "prefix", name: text };
}

function withModifier(cf: Conf, modifier: string, name: string): Named | ReturnType<Conf["emerg"]> {
  const kind = Object.hasOwn(MODIFIERS, modifier) ? MODIFIERS[modifier] : undefined;
  if (kind === undefined) return cf.emerg(`invalid location modifier "${modifier}"`);
  if (kind !== "regex") return { kind, name };
  const pattern = cf.pattern(name, modifier === "~*");
  return isConfError(pattern) ? pattern : { kind, name, pattern };
}

/** Rules for a location inside another. */
function misplaced(outer: LocConf, inner: Named): string | undefined {
  if (outer.kind === "exact") return `location "${inner.name}" cannot be inside the exact location "${outer.name}"`;
  if (outer.kind === "named") return `location "${inner.name}" cannot be inside the named location "${outer.name}"`;
  if (inner.kind === "named") return `named location "${inner.name}" can be on the server level only`;
  if (inner.kind === "regex" || outer.kind === "regex" || outer.kind === "server") return undefined;
  return inner.name.startsWith(outer.name) ? undefined : `location "${inner.name}" is outside location "${outer.name}"`;
}

function* location(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { loc: outer, srv } = cf.scope;
  const named = readName(cf, words);
  if (isConfError(named) || outer === undefined) return isConfError(named) ? named : undefined;
  const wrong = outer.kind === "server" ? undefined : misplaced(outer, named);
  if (wrong !== undefined) return cf.emerg(wrong);
  const loc = new LocConf(named.kind, named.name, outer, cf.at, named.pattern);
  if (named.kind === "named") {
    if (srv?.named.has(named.name) === false) srv.named.set(named.name, loc);
  }
  outer.locations.push(loc);
  return yield* cf.readBlock({ ...cf.scope, place: "loc", loc });
}

/** Two locations of one name: told when everything was read. */
export function duplicateLocation(loc: LocConf): string | undefined {
  const seen = new Set<string>();
  for (const one of loc.locations) {
    const key = one.kind === "exact" ? `=${one.name}` : one.kind === "prefix" || one.kind === "no-regex" ? one.name : undefined;
    if (key !== undefined && seen.has(key)) return `duplicate location "${one.name}" in ${one.where}`;
    if (key !== undefined) seen.add(key);
    const inner = duplicateLocation(one);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

export const LOCATION_DIRECTIVES: readonly Directive[] = [directive("location", "sl", "{1-2", location)];
