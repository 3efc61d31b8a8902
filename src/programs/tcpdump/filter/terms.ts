import { fail } from "./context.ts";
import { mpls, pppoes, vlan } from "./encapsulation.ts";
import { geneve } from "./geneve.ts";
import { ETHERTYPE } from "./link.ts";
import type { Node } from "./node.ts";
import type { Parser } from "./parser.ts";
import { linkType } from "./protocols.ts";
import { byteTest, direction, greater, ifindex, less, llc } from "./special.ts";

/** Keywords that other link types have; on those here they are refused with libpcap's words. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  type: "802.11 link-layer types supported only on 802.11", subtype: "802.11 link-layer types supported only on 802.11",
  dir: "frame direction supported only with 802.11 headers", ifname: "ifname supported only on PF linktype",
  rset: "ruleset supported only on PF linktype", rnr: "rnr supported only on PF linktype", srnr: "srnr supported only on PF linktype",
  reason: "reason supported only on PF linktype", action: "action supported only on PF linktype",
};
const ATM = new Set("lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect".split(" "));
const MTP2 = new Set("fisu lssu msu hfisu hlssu hmsu".split(" "));
const SS7 = new Set("sio opc dpc sls hsio hopc hdpc hsls".split(" "));
const OPERATORS_OF_BYTE = new Set(["&", "|", "<", ">", "="]);

/** Terms that begin with a keyword of their own and take no qualifiers. */
export function otherTerm(p: Parser, word: string): Node | null {
  const { c } = p;
  if (word === "") return p.syntax();
  p.next();
  switch (word) {
    case "less":
    case "greater": {
      const n = p.takeNumber();
      return n === null ? null : word === "less" ? less(n) : greater(n);
    }
    case "byte":
      return byteTerm(p);
    case "inbound":
    case "outbound":
      return direction(c, word === "outbound");
    case "ifindex": {
      const n = p.takeNumber();
      return n === null ? null : ifindex(c, n);
    }
    case "pppoed":
      return linkType(c, ETHERTYPE.pppoed);
    case "vlan":
    case "mpls":
    case "pppoes":
    case "geneve": {
      const n = optionalNumber(p);
      if (n === undefined) return null;
      return { vlan, mpls, pppoes, geneve }[word](c, n);
    }
    case "llc":
      return llcTerm(p);
    default:
      return refused(p, word);
  }
}

function byteTerm(p: Parser): Node | null {
  const index = p.takeNumber();
  const op = index === null ? "" : p.word();
  if (!OPERATORS_OF_BYTE.has(op)) return p.syntax();
  p.next();
  const n = p.takeNumber();
  return n === null || index === null ? null : byteTest(p.c, index, op, n);
}

/** A number, perhaps in parentheses; `null` = none there, `undefined` = an error. */
function optionalNumber(p: Parser): number | null | undefined {
  if (p.peek().is === "num") return p.takeNumber();
  if (!p.take("(")) return null;
  const inner = optionalNumber(p);
  if (typeof inner === "number" && p.take(")")) return inner;
  p.syntax();
  return undefined;
}

function llcTerm(p: Parser): Node | null {
  if (p.take("rnr")) return llc(p.c, "rnr");
  const token = p.peek();
  if (token.is !== "id") return llc(p.c, null);
  p.next();
  return llc(p.c, token.text);
}

function refused(p: Parser, word: string): Node | null {
  const why = ELSEWHERE[word];
  if (why !== undefined) {
    const operand = p.next();
    return operand.is === "id" || operand.is === "num" ? fail(p.c, why) : p.syntax();
  }
  if (ATM.has(word)) return fail(p.c, `'${word.replace("f4e", "4e").replace("f4s", "4s")}' supported only on raw ATM`);
  if (MTP2.has(word)) return fail(p.c, `'${word}' supported only on MTP2${word.startsWith("h") ? "_HSL" : ""}`);
  return SS7.has(word) ? fail(p.c, `'${word.replace(/^h/, "")}' supported only on SS7`) : p.syntax();
}
