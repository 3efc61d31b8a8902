import type { Directive } from "./directive.ts";
import { directive } from "./directive.ts";
import { isConfError, type Conf } from "./conf.ts";
import type { LocValues } from "./model.ts";
import { parseMsec, parseNumber, parseSec, parseSize } from "./values.ts";

/** Directives that do nothing but set one value of a location (the ngx_conf_set_*_slot family). */

type KeyOf<T> = { [K in keyof LocValues]: LocValues[K] extends T ? (T extends LocValues[K] ? K : never) : never }[keyof LocValues];

export const DUPLICATE = "is duplicate";
export const INVALID = "invalid value";

/** Sets a value once. */
export function setOnce<K extends keyof LocValues>(cf: Conf, key: K, value: LocValues[K]): string | undefined {
  const set = cf.scope.loc?.set;
  if (set === undefined) return undefined;
  if (key in set) return DUPLICATE;
  set[key] = value;
  return undefined;
}

export function onOff(cf: Conf, words: readonly string[]): boolean | ReturnType<Conf["emerg"]> {
  const value = (words[1] ?? "").toLowerCase();
  if (value === "on" || value === "off") return value === "on";
  return cf.emerg(`invalid value "${words[1]}" in "${words[0]}" directive, it must be "on" or "off"`);
}

export const flag = (name: string, places: string, key: KeyOf<boolean>): Directive =>
  directive(name, places, "flag", (cf, words) => {
    if (cf.scope.loc !== undefined && key in cf.scope.loc.set) return DUPLICATE;
    const value = onOff(cf, words);
    return typeof value === "boolean" ? setOnce(cf, key, value) : value;
  });

const parsed = (parse: (text: string) => number | null, bad?: (text: string) => string) =>
  (name: string, places: string, key: KeyOf<number>): Directive =>
    directive(name, places, "1", (cf, words) => {
      if (cf.scope.loc !== undefined && key in cf.scope.loc.set) return DUPLICATE;
      const value = parse(words[1] ?? "");
      if (value !== null) return setOnce(cf, key, value);
      return bad === undefined ? INVALID : cf.emerg(bad(words[1] ?? ""));
    });

export const msec = parsed(parseMsec);
export const sec = parsed(parseSec);
export const size = parsed(parseSize);
export const num = parsed(parseNumber);

/** One of several words. */
export const choice = <K extends keyof LocValues>(name: string, places: string, key: K, choices: Readonly<Record<string, LocValues[K]>>): Directive =>
  directive(name, places, "1", (cf, words) => {
    if (cf.scope.loc !== undefined && key in cf.scope.loc.set) return DUPLICATE;
    const value = Object.hasOwn(choices, words[1] ?? "") ? choices[words[1] ?? ""] : undefined;
    return value === undefined ? cf.emerg(`invalid value "${words[1]}"`) : setOnce(cf, key, value);
  });

type ScriptKey = { [K in keyof LocValues]: LocValues[K] extends { readonly parts: unknown } | undefined ? K : never }[keyof LocValues];

/** Text with variables; `off` where it can be switched off. */
export const script = (name: string, places: string, key: ScriptKey, off = false): Directive =>
  directive(name, places, "1", (cf, words) => {
    if (cf.scope.loc !== undefined && key in cf.scope.loc.set) return DUPLICATE;
    if (off && words[1] === "off") return setOnce(cf, key, undefined);
    const text = cf.script(words[1] ?? "");
    return isConfError(text) ? text : setOnce(cf, key, text);
  });

/** A list that grows with every line. */
export function append<T>(cf: Conf, key: { [K in keyof LocValues]: LocValues[K] extends readonly T[] ? K : never }[keyof LocValues], item: T): undefined {
  const set = cf.scope.loc?.set as Record<string, readonly T[] | undefined> | undefined;
  if (set !== undefined) set[key] = [...(set[key] ?? []), item];
  return undefined;
}

/** What is not built, and may be said as long as it is switched off. */
export const onlyOff = (name: string, places: string, args: string): Directive =>
  directive(name, places, args, (cf, words) => (words[1] === "off" || words[1] === "0" ? undefined : cf.notHere(words)));

/** What has no effect here, and shows none in the real one either (hash sizes, memory pools, disk). */
export const harmless = (name: string, places: string, args: string): Directive => directive(name, places, args, () => undefined);
