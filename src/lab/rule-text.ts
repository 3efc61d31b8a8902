import { rulePartsOf } from "../os/inspect-nft.ts";
import { ruleText } from "../programs/nft/rule-text.ts";

type Namespace = Parameters<typeof rulePartsOf>[0];

/** Lends the trace nft's printer. A rule never changes, so each is printed once; an interface's later name is not seen. */
export function rulePrinter(): (ns: Namespace, rule: object) => string | null {
  const known = new WeakMap<object, string>();
  return (ns, rule) => {
    const before = known.get(rule);
    if (before !== undefined) return before;
    const parts = rulePartsOf(ns, rule);
    if (parts === null) return null;
    const text = ruleText(parts.row, parts.sets, parts.ifnameOf);
    known.set(rule, text);
    return text;
  };
}
