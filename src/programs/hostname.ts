import { isErrno, strerror } from "../net/uapi/errno.ts";
import { formatIp4 } from "../wire/addr.ts";
import { fromUtf8 } from "../wire/text.ts";
import { listAddresses, listLinks } from "./lib/device.ts";
import { gaiStrerror, resolveName } from "./lib/resolve.ts";
import { tool } from "./lib/tool.ts";

const USAGE = `Usage: hostname [-b] {hostname|-F file}         set host name (from file)
       hostname [-a|-A|-d|-f|-i|-I|-s|-y]       display formatted name
       hostname                                 display host name

       {yp,nis,}domainname {nisdomain|-F file}  set NIS domain name (from file)
       {yp,nis,}domainname                      display NIS domain name

       dnsdomainname                            display dns domain name

       hostname -V|--version|-h|--help          print info and exit

Program name:
       {yp,nis,}domainname=hostname -y
       dnsdomainname=hostname -d

Program options:
    -a, --alias            alias names
    -A, --all-fqdns        all long host names (FQDNs)
    -b, --boot             set default hostname if none available
    -d, --domain           DNS domain name
    -f, --fqdn, --long     long host name (FQDN)
    -F, --file             read host name or NIS domain name from given file
    -i, --ip-address       addresses for the host name
    -I, --all-ip-addresses all addresses for the host
    -s, --short            short host name
    -y, --yp, --nis        NIS/YP domain name

Description:
   This command can get or set the host name or the NIS domain name. You can
   also get the DNS domain or the FQDN (fully qualified domain name).
   Unless you are using bind or NIS for host lookups you can change the
   FQDN (Fully Qualified Domain Name) and the DNS domain name (which is
   part of the FQDN) in the /etc/hosts file.
`;

/** hostname(1) of Debian's hostname package. */
export const hostname = tool({
  takes: "b,boot d,domain f,fqdn,long F,file= i,ip-address I,all-ip-addresses s,short", refuses: "a,alias A,all-fqdns y,yp,nis V,version",
  usage: "[-b] [-F FILE] [HOSTNAME]", badStatus: 255, hint: () => USAGE,
}, function* (io, o) {
  const { sys } = io;
  const name = sys.hostname();
  if (o.operands.length > 1) {
    yield* io.err(USAGE);
    return 255;
  }
  const fromFile = o.value("F") === undefined ? undefined : sys.readFile(o.value("F") ?? "");
  if (isErrno(fromFile)) {
    yield* io.complain(`can't open \`${o.value("F") ?? ""}'`);
    return 1;
  }
  const wanted = o.operands[0] ?? (fromFile === undefined ? undefined : fromUtf8(fromFile).trim());
  if (wanted !== undefined) {
    const failed = sys.sethostname(wanted);
    if (failed === undefined) return 0;
    yield* io.complain(failed === "EPERM" ? "you must be root to change the host name" : strerror(failed));
    return 1;
  }
  const which = o.last("d", "f", "i", "I", "s");
  if (which === "I") {
    const up = new Set(listLinks(sys).filter((l) => isUpNotLoopback(l.flags)).map((l) => l.ifindex));
    const addresses = listAddresses(sys).filter((a) => up.has(a.ifindex));
    yield* io.out.text(`${addresses.map((a) => `${formatIp4(a.local)} `).join("")}\n`);
    return 0;
  }
  if (which === undefined || which === "s") {
    yield* io.out.text(`${which === "s" ? (name.split(".")[0] ?? name) : name}\n`);
    return 0;
  }
  const found = yield* resolveName(sys, name);
  if (found.is === "failed") {
    yield* io.complain(gaiStrerror(found.error));
    return 1;
  }
  const domain = found.canonicalName.split(".").slice(1).join(".");
  if (which !== "d" || domain !== "") yield* io.out.text(`${which === "i" ? found.addresses.map(formatIp4).join(" ") : which === "f" ? found.canonicalName : domain}\n`);
  return 0;
});

const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const isUpNotLoopback = (flags: number): boolean => (flags & (IFF_UP | IFF_LOOPBACK)) === IFF_UP;
