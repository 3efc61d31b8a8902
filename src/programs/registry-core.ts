import type { Program } from "../os/sys.ts";
import { bridge } from "./bridge/bridge.ts";
import { cat } from "./cat.ts";
import { chmod } from "./chmod.ts";
import { clear } from "./clear.ts";
import { cp, mv } from "./cp-mv.ts";
import { cut } from "./cut.ts";
import { date } from "./date.ts";
import { mkdir, rmdir } from "./dirs.ts";
import { echo } from "./echo.ts";
import { env } from "./env.ts";
import { expr } from "./expr.ts";
import { getent } from "./getent/getent.ts";
import { egrep, fgrep, grep } from "./grep.ts";
import { head } from "./head.ts";
import { hostname } from "./hostname.ts";
import { id, whoami } from "./identity.ts";
import { ip } from "./ip/ip.ts";
import { iptables } from "./iptables/iptables.ts";
import { iptablesRestore } from "./iptables/iptables-restore.ts";
import { iptablesSave, notSimulated } from "./iptables/iptables-save.ts";
import { kill } from "./kill.ts";
import { ln, readlink, realpath } from "./links.ts";
import { ls } from "./ls.ts";
import { mktemp } from "./mktemp.ts";
import { mount, umount } from "./mount.ts";
import { basename, dirname } from "./names.ts";
import { nft } from "./nft/nft.ts";
import { nginx } from "./nginx/nginx.ts";
import { nl } from "./nl.ts";
import { nsenter } from "./nsenter.ts";
import { pgrep, pkill } from "./pgrep.ts";
import { ping } from "./ping/ping.ts";
import { printenv } from "./printenv.ts";
import { printf } from "./printf.ts";
import { ps } from "./ps.ts";
import { pwd } from "./pwd.ts";
import { python3 } from "./python3/python3.ts";
import { rev } from "./rev.ts";
import { rm } from "./rm.ts";
import { seq } from "./seq.ts";
import { sleep } from "./sleep.ts";
import { sort } from "./sort.ts";
import { stat } from "./stat.ts";
import { stty } from "./stty.ts";
import { sysctl } from "./sysctl.ts";
import { tac } from "./tac.ts";
import { tail } from "./tail.ts";
import { tee } from "./tee.ts";
import { bracket, test } from "./test.ts";
import { timeout } from "./timeout.ts";
import { touch } from "./touch.ts";
import { tr } from "./tr.ts";
import { falseProgram, trueProgram } from "./true-false.ts";
import { nproc, uname } from "./uname.ts";
import { uniq } from "./uniq.ts";
import { unshare } from "./unshare.ts";
import { uptime } from "./uptime.ts";
import { watch } from "./watch.ts";
import { wc } from "./wc.ts";
import { which } from "./which.ts";
import { xargs } from "./xargs.ts";
import { yes } from "./yes.ts";

/** Programs that a machine has from the first instant: what the lab types while it is built, and the small tools of a shell. */
export const CORE_PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["/usr/bin/[", bracket],
  ["/usr/bin/basename", basename],
  ["/usr/bin/bridge", bridge],
  ["/usr/bin/cat", cat],
  ["/usr/bin/chmod", chmod],
  ["/usr/bin/clear", clear],
  ["/usr/bin/cp", cp],
  ["/usr/bin/cut", cut],
  ["/usr/bin/date", date],
  ["/usr/bin/dirname", dirname],
  ["/usr/bin/echo", echo],
  ["/usr/bin/egrep", egrep],
  ["/usr/bin/env", env],
  ["/usr/bin/expr", expr],
  ["/usr/bin/false", falseProgram],
  ["/usr/bin/fgrep", fgrep],
  ["/usr/bin/getent", getent],
  ["/usr/bin/grep", grep],
  ["/usr/bin/head", head],
  ["/usr/bin/hostname", hostname],
  ["/usr/bin/id", id],
  ["/usr/bin/ip", ip],
  ["/usr/bin/kill", kill],
  ["/usr/bin/ln", ln],
  ["/usr/bin/ls", ls],
  ["/usr/bin/mkdir", mkdir],
  ["/usr/bin/mktemp", mktemp],
  ["/usr/bin/mount", mount],
  ["/usr/bin/mv", mv],
  ["/usr/bin/nl", nl],
  ["/usr/bin/nproc", nproc],
  ["/usr/bin/nsenter", nsenter],
  ["/usr/bin/pgrep", pgrep],
  ["/usr/bin/ping", ping],
  ["/usr/bin/pkill", pkill],
  ["/usr/bin/printenv", printenv],
  ["/usr/bin/printf", printf],
  ["/usr/bin/ps", ps],
  ["/usr/bin/pwd", pwd],
  ["/usr/bin/python3", python3],
  ["/usr/bin/readlink", readlink],
  ["/usr/bin/realpath", realpath],
  ["/usr/bin/rev", rev],
  ["/usr/bin/rm", rm],
  ["/usr/bin/rmdir", rmdir],
  ["/usr/bin/seq", seq],
  ["/usr/bin/sleep", sleep],
  ["/usr/bin/sort", sort],
  ["/usr/bin/stat", stat],
  ["/usr/bin/stty", stty],
  ["/usr/bin/tac", tac],
  ["/usr/bin/tail", tail],
  ["/usr/bin/tee", tee],
  ["/usr/bin/test", test],
  ["/usr/bin/timeout", timeout],
  ["/usr/bin/touch", touch],
  ["/usr/bin/tr", tr],
  ["/usr/bin/true", trueProgram],
  ["/usr/bin/umount", umount],
  ["/usr/bin/uname", uname],
  ["/usr/bin/uniq", uniq],
  ["/usr/bin/unshare", unshare],
  ["/usr/bin/uptime", uptime],
  ["/usr/bin/watch", watch],
  ["/usr/bin/wc", wc],
  ["/usr/bin/which", which],
  ["/usr/bin/whoami", whoami],
  ["/usr/bin/xargs", xargs],
  ["/usr/bin/yes", yes],
  ["/usr/sbin/nft", nft],
  ["/usr/sbin/nginx", nginx],
  ...["iptables", "iptables-nft"].map((name) => [`/usr/sbin/${name}`, iptables] as const),
  ...["iptables-save", "iptables-nft-save"].map((name) => [`/usr/sbin/${name}`, iptablesSave] as const),
  ...["iptables-restore", "iptables-nft-restore"].map((name) => [`/usr/sbin/${name}`, iptablesRestore] as const),
  ...["ip6tables", "ip6tables-save", "ip6tables-restore", "ip6tables-nft", "arptables", "ebtables", "iptables-legacy", "iptables-translate", "xtables-monitor"]
    .map((name) => [`/usr/sbin/${name}`, notSimulated] as const),
  ["/usr/sbin/sysctl", sysctl],
]);
