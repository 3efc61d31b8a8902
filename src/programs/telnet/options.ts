import { helpText, parseOptions, type Spec } from "../lib/options.ts";

export interface TelnetOptions {
  readonly host: string | null;
  readonly port: string;
  /** The character that leads to the prompt; null = none. */
  readonly escape: string | null;
  /** -e was given: it is told at once. */
  readonly escapeNamed: boolean;
  /** -b: the address to leave from. */
  readonly from: string | null;
}
export type TelnetCommand = { readonly is: "run"; readonly options: TelnetOptions } | { readonly is: "stop"; readonly stdout: string; readonly stderr: string; readonly status: number };

const SPEC: Spec = {
  takes: "4,ipv4 E,no-escape e,escape= b,bind= c,no-rc K,no-login V,version ?,help", usage: "[OPTION...] [HOST [PORT]]",
  refuses: "6,ipv6 8,binary a,login d,debug l,user= L,binary-output n,trace= r,rlogin x,encrypt k,realm= X,disable-auth= usage",
  hint: (name) => `Try '${name} --help' or '${name} --usage' for more information.\n`, badStatus: 64,
};
const stop = (stdout: string, stderr: string, status: number): TelnetCommand => ({ is: "stop", stdout, stderr, status });

/** telnet(1) of GNU inetutils 2.4. */
export function parseTelnet(argv: readonly string[]): TelnetCommand {
  const o = parseOptions(SPEC, argv);
  if (o.is === "help" || (o.is === "ok" && o.has("?"))) return stop(helpText(SPEC, argv[0] ?? "telnet"), "", 0);
  if (o.is === "bad") return stop("", o.text, 64);
  if (o.has("V")) return stop("telnet (GNU inetutils) 2.4\n", "", 0);
  if (o.operands.length > 2) return stop("", "telnet: too many arguments\n", 1);
  const [host = null, port = "telnet"] = o.operands;
  const named = o.value("e");
  const escape = o.has("E") ? null : named === undefined ? "\x1d" : control(named);
  return { is: "run", options: { host, port, escape, escapeNamed: named !== undefined, from: o.value("b") ?? null } };
}

/** `^X` as the control character, else the first letter. */
const control = (text: string): string | null =>
  text === "" ? null : text.startsWith("^") && text.length > 1 ? String.fromCharCode(text.charCodeAt(1) & 31) : text[0]!;

/** `'^]'`, or `off`. */
export const shownEscape = (escape: string | null): string =>
  escape === null ? "off" : `'${escape < " " ? `^${String.fromCharCode(escape.charCodeAt(0) | 64)}` : escape}'`;
