import type { XtIcmp } from "../../../net/uapi/xt.ts";
import { type Bad, bad, extension } from "./extension.ts";
import { type Range, splitOnce, strtoui } from "./values.ts";

/** Types and codes that have names (RFC 792, RFC 1122, RFC 1812), with the names iptables gives them; the first that fits is printed. */
const NAMES: readonly (readonly [name: string, type: number, code?: number])[] = [
  ["any", 255], ["echo-reply", 0], ["pong", 0],
  ["destination-unreachable", 3], ["network-unreachable", 3, 0], ["host-unreachable", 3, 1], ["protocol-unreachable", 3, 2], ["port-unreachable", 3, 3],
  ["fragmentation-needed", 3, 4], ["source-route-failed", 3, 5], ["network-unknown", 3, 6], ["host-unknown", 3, 7], ["network-prohibited", 3, 9],
  ["host-prohibited", 3, 10], ["TOS-network-unreachable", 3, 11], ["TOS-host-unreachable", 3, 12], ["communication-prohibited", 3, 13],
  ["host-precedence-violation", 3, 14], ["precedence-cutoff", 3, 15],
  ["source-quench", 4], ["redirect", 5], ["network-redirect", 5, 0], ["host-redirect", 5, 1], ["TOS-network-redirect", 5, 2], ["TOS-host-redirect", 5, 3],
  ["echo-request", 8], ["ping", 8], ["router-advertisement", 9], ["router-solicitation", 10],
  ["time-exceeded", 11], ["ttl-exceeded", 11], ["ttl-zero-during-transit", 11, 0], ["ttl-zero-during-reassembly", 11, 1],
  ["parameter-problem", 12], ["ip-header-bad", 12, 0], ["required-option-missing", 12, 1],
  ["timestamp-request", 13], ["timestamp-reply", 14], ["address-mask-request", 17], ["address-mask-reply", 18],
];
const ALL_CODES: Range = [0, 255];
const codesOf = (code: number | undefined): Range => (code === undefined ? ALL_CODES : [code, code]);

/** The name of a type with these codes. */
export function icmpName(type: number, codes: Range): string | undefined {
  return NAMES.find(([, t, c]) => t === type && codesOf(c)[0] === codes[0] && codesOf(c)[1] === codes[1])?.[0];
}

function parseType(text: string): XtIcmp | Bad {
  const near = NAMES.filter(([name]) => name.toLowerCase().startsWith(text.toLowerCase()));
  const [first, second] = near;
  if (second !== undefined && first !== undefined) return bad(`Ambiguous ICMP type \`${text}': \`${first[0]}' or \`${second[0]}'?`);
  if (first !== undefined) return { type: first[1], codes: codesOf(first[2]), invert: false };
  const [typeText = "", codeText] = splitOnce(text, "/");
  const type = strtoui(typeText, 0, 255);
  if (type === null) return bad(`Unknown ICMP type \`${text}'`);
  const code = codeText === undefined ? undefined : strtoui(codeText, 0, 255);
  return code === null ? bad(`Unknown ICMP code \`${text}'`) : { type, codes: codesOf(code), invert: false };
}

function printNumbers({ type, codes: [min, max] }: XtIcmp): string {
  return `type ${type}${min === max ? ` code ${min}` : min !== 0 || max !== 255 ? ` codes ${min}-${max}` : ""}`;
}

export const icmp = extension<XtIcmp>({
  name: "icmp",
  options: [{ name: "icmp-type", arg: true, invert: true, mandatory: true }],
  init: { type: 255, codes: ALL_CODES, invert: false },
  parse(_info, call) {
    const parsed = parseType(call.arg);
    return "bad" in parsed ? parsed : { ...parsed, invert: call.invert };
  },
  save(i) {
    const code = i.codes[0] !== 0 || i.codes[1] !== 255 ? `/${i.codes[0]}` : "";
    return `${i.invert ? " !" : ""} --icmp-type ${i.type === 255 ? "any" : `${i.type}${code}`}`;
  },
  print(i, at) {
    const name = at.numeric ? undefined : icmpName(i.type, i.codes);
    return name === undefined ? ` icmp${i.invert ? " !" : ""}${printNumbers(i)}` : ` icmp ${i.invert ? "!" : ""}${name}`;
  },
});
