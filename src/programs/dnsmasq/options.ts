/** dnsmasq(8): its options on the command line and in a configuration file. Those that are not simulated are refused by name. */
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { parseOptions } from "../lib/options.ts";
import { emptyConfig, setOption, type Config } from "./config.ts";

const TAKES =
  "d,no-daemon k,keep-in-foreground p,port= a,listen-address= i,interface= z,bind-interfaces A,address= host-record= H,addn-hosts= h,no-hosts "
  + "R,no-resolv S,server= local= q log-queries=? C,conf-file= cname= Y,txt-record= m,mx-host= W,srv-host= ptr-record= u,user= g,group= "
  + "c,cache-size= 8,log-facility= x,pid-file= T,local-ttl= D,domain-needed b,bogus-priv o,strict-order no-round-robin n,no-poll N,no-negcache "
  + "E,expand-hosts s,domain= r,resolv-file= v,version test";
const REFUSES =
  "F,dhcp-range= G,dhcp-host= O,dhcp-option= M,dhcp-boot= l,dhcp-leasefile= K,dhcp-authoritative dhcp-script= enable-tftp tftp-root= "
  + "I,except-interface= 2,no-dhcp-interface= bind-dynamic V,alias= B,bogus-nxdomain= ignore-address= f,filterwin2k e,selfmx L,localmx t,mx-target= "
  + "y,localise-queries Q,query-port= 1,enable-dbus=? stop-dns-rebind rebind-localhost-ok rebind-domain-ok= all-servers dns-loop-detect "
  + "naptr-record= caa-record= dns-rr= interface-name= synth-domain= add-mac=? add-subnet=? add-cpe-id= proxy-dnssec dnssec trust-anchor= "
  + "auth-zone= auth-server= auth-ttl= neg-ttl= max-ttl= max-cache-ttl= min-cache-ttl= edns-packet-max= P,log-async=? log-debug log-dhcp "
  + "conf-dir= servers-file= hostsdir= conntrack ipset= nftset= rev-server= clear-on-reload 0,dns-forward-max= filter-A filter-AAAA w,help=? "
  + "local-service=? read-ethers strip-mac strip-subnet use-stale-cache=? fast-dns-retry=? port-limit= max-port= min-port= no-ident dumpfile= dumpmask= umbrella=? tftp-no-fail dhcp-ttl= 6,dhcp-script=";

export type Parsed = { readonly is: "ok"; readonly config: Config } | { readonly is: "bad"; readonly text: string; readonly status: number };

const bad = (text: string, status = 1): Parsed => ({ is: "bad", text: `\ndnsmasq: ${text}\n`, status });

/** Reads the command line, then the configuration file it names (or /etc/dnsmasq.conf). */
export function readConfig(sys: Sys, argv: readonly string[]): Parsed {
  const options = parseOptions({ takes: TAKES, refuses: REFUSES, usage: "[OPTION]..." }, argv);
  if (options.is === "help") return { is: "bad", text: "dnsmasq: --help: not simulated here\n", status: 1 };
  if (options.is === "bad") return options.text.includes("not simulated") ? { is: "bad", text: options.text, status: 1 } : bad("bad command line options: try --help");
  if (options.operands.length > 0) return bad("junk found in command line");
  const config = emptyConfig();
  for (const option of options.list) {
    const error = setOption(config, option);
    if (error !== null) return bad(`bad command line options: ${error}`);
  }
  const named = options.value("C");
  return readFile(sys, named ?? "/etc/dnsmasq.conf", config, named !== undefined);
}

function readFile(sys: Sys, path: string, config: Config, mustExist: boolean): Parsed {
  const bytes = sys.readFile(path);
  if (isErrno(bytes)) return mustExist ? bad(`cannot read ${path}: ${strerror(bytes)}`, 3) : { is: "ok", config };
  for (const [i, raw] of fromUtf8(bytes).split("\n").entries()) {
    const line = withoutComment(raw).trim();
    if (line === "") continue;
    const error = setFromLine(config, line);
    if (error !== null) return error.includes("not simulated") ? { is: "bad", text: `dnsmasq: ${error}\n`, status: 1 } : bad(`${error} at line ${i + 1} of ${path}`);
  }
  return { is: "ok", config };
}

/** A `#` begins a comment at the start of a line or after white space, not in quotes. */
function withoutComment(line: string): string {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') quoted = !quoted;
    if (line[i] === "#" && !quoted && (i === 0 || /\s/.test(line[i - 1] ?? ""))) return line.slice(0, i);
  }
  return line;
}

function setFromLine(config: Config, line: string): string | null {
  const [, name = "", equals, value = ""] = /^([\w-]+)\s*(=?)\s*(.*)$/s.exec(line) ?? [];
  const known = kindOf(TAKES, name);
  if (known === null) return kindOf(REFUSES, name) === null ? "bad option" : `${name}: not simulated here`;
  if (known.wants === "none" && equals === "=") return "extraneous parameter";
  if (known.wants === "required" && equals !== "=") return "missing parameter";
  return setOption(config, { key: known.key, value: equals === "=" ? value : undefined });
}

function kindOf(table: string, name: string): { key: string; wants: "none" | "required" | "optional" } | null {
  for (const entry of table.split(" ")) {
    const names = entry.replace(/=\??$/, "").split(",");
    if (name.length > 1 && names.includes(name)) return { key: names[0] ?? "", wants: entry.endsWith("=?") ? "optional" : entry.endsWith("=") ? "required" : "none" };
  }
  return null;
}

