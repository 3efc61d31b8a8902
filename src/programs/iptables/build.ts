import type { Sys, Task } from "../../os/sys.ts";
import type { Command, ListFormat } from "./commands.ts";
import { type Bad, bad } from "./ext/extension.ts";
import { parseAddresses } from "./names.ts";
import { type CommandLetter, illegalOption } from "./options.ts";
import type { Parsed } from "./parse.ts";
import { MAX_NAME } from "./parse-values.ts";
import type { AddrMask, IptRule } from "./rule.ts";
import { builtinTable } from "./tables.ts";

const RULE_COMMANDS: readonly CommandLetter[] = ["A", "C", "D", "I", "R"];

/** From a line to what it asks for: host names become addresses, lists of them several rules. */
export function* buildCommands(sys: Sys, p: Parsed, line: number): Task<readonly Command[] | Bad> {
  const rules = yield* rulesOf(sys, p);
  if ("bad" in rules) return rules;
  const wrong = problem(p, rules);
  if (wrong !== undefined) return wrong;
  return p.commands.flatMap((letter) => commandsOf(letter, p, rules, line));
}

function* rulesOf(sys: Sys, p: Parsed): Task<readonly IptRule[] | Bad> {
  if (!p.commands.some((c) => RULE_COMMANDS.includes(c)) && p.src === undefined && p.dst === undefined) return [];
  const src = yield* parseAddresses(sys, p.src);
  if ("bad" in src) return src;
  const dst = yield* parseAddresses(sys, p.dst);
  if ("bad" in dst) return dst;
  if ((src.length > 1 || dst.length > 1) && (p.invert.includes("src") || p.invert.includes("dst"))) {
    return bad("! not allowed with multiple source or destination IP addresses");
  }
  return src.flatMap((s) => dst.map((d) => ruleOf(p, s, d)));
}

const ruleOf = (p: Parsed, src: AddrMask, dst: AddrMask): IptRule => ({
  src, dst, inIface: p.inIface, outIface: p.outIface, proto: p.proto, frag: p.frag, invert: p.invert, matches: p.matches, target: p.target, jumpto: p.jumpto, goto: p.goto,
  packets: p.packets, bytes: p.bytes,
});

function problem(p: Parsed, rules: readonly IptRule[]): Bad | undefined {
  if (p.commands.includes("R") && rules.length !== 1) return bad("Replacement rule does not specify a unique address");
  const illegal = illegalOption(p.commands, p.options);
  if (illegal !== undefined) return bad(`Illegal option \`-${illegal}' with this command`);
  if ((p.chain ?? "").length >= MAX_NAME) return bad(`chain name \`${p.chain ?? ""}' too long (must be under ${MAX_NAME} chars)`);
  return ifaceProblem(p) ?? (builtinTable(p.table) === undefined ? bad(`table '${p.table}' does not exist`, 3) : undefined);
}

/** Packets that come in have no way out yet, and the other way round. */
function ifaceProblem(p: Parsed): Bad | undefined {
  if (!p.commands.some((c) => RULE_COMMANDS.includes(c) || c === "#D")) return undefined;
  const [option, chains] = p.options.includes("o") && ["PREROUTING", "INPUT"].includes(p.chain ?? "") ? ["o", true] : ["i", p.options.includes("i") && ["POSTROUTING", "OUTPUT"].includes(p.chain ?? "")];
  return chains ? bad(`Can't use -${option} with ${p.chain ?? ""}\n`) : undefined;
}

function commandsOf(letter: CommandLetter, p: Parsed, rules: readonly IptRule[], line: number): readonly Command[] {
  const base = { table: p.table, line };
  const verbose = p.verbose > 0;
  const chain = p.chain ?? "";
  const some = p.chain === undefined ? {} : { chain: p.chain };
  switch (letter) {
    case "A": return rules.map((rule) => ({ ...base, do: "append", chain, rule, verbose }));
    case "I": return rules.map((rule) => ({ ...base, do: "insert", chain, rule, at: p.num - 1, verbose }));
    case "R": return rules.map((rule) => ({ ...base, do: "replace", chain, rule, at: p.num - 1, verbose }));
    case "D": return rules.map((rule) => ({ ...base, do: "delete", chain, rule, verbose }));
    case "C": return rules.map((rule) => ({ ...base, do: "check", chain, rule, verbose }));
    case "#D": return [{ ...base, do: "delete-num", chain, at: p.num - 1 }];
    case "F": return [{ ...base, do: "flush", ...some, verbose }];
    case "Z": return [{ ...base, do: "zero", ...some, verbose }];
    case "X": return [{ ...base, do: "delete-chain", ...some, verbose }];
    case "#Z": return [{ ...base, do: "zero-num", chain, at: p.num - 1 }];
    case "L": return [{ ...base, do: "list", ...some, num: p.num, format: formatOf(p) }];
    case "S": return [{ ...base, do: "list-rules", ...some, num: p.num, counters: verbose }];
    case "N": return [{ ...base, do: "new-chain", chain }];
    case "E": return [{ ...base, do: "rename", chain, to: p.newName }];
    case "P": return [{ ...base, do: "policy", chain, policy: p.policy, packets: 0, bytes: 0 }];
  }
}

const formatOf = (p: Parsed): ListFormat => ({ verbose: p.verbose > 0, numeric: p.options.includes("n"), exact: p.options.includes("x"), lineNumbers: p.options.includes("0") });
