import { utf8 } from "../wire/text.ts";
import { CharDevice, MemFile, openOwnTty, PtsDirectory, readNothing, readZeros } from "./devices.ts";
import { SERVICES } from "./etc-services.ts";
import type { Kernel } from "./kernel.ts";
import type { TreeDir } from "./tree.ts";
import { TreeDir as Dir, TreeLink } from "./tree.ts";

const DIRECTORIES = [
  "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/usr/local/sbin", "/usr/share", "/etc/network", "/root", "/home", "/run",
  "/dev", "/proc", "/sys", "/var/log", "/var/lib", "/mnt", "/media", "/opt", "/srv",
];

/** Debian's merged /usr. */
const LINKS: readonly (readonly [path: string, target: string])[] = [
  ["/bin", "usr/bin"], ["/sbin", "usr/sbin"], ["/lib", "usr/lib"], ["/var/run", "/run"],
  ["/dev/fd", "/proc/self/fd"], ["/dev/stdin", "/proc/self/fd/0"], ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"], ["/etc/mtab", "../proc/self/mounts"],
];

/** Accounts that Debian always has (base-passwd): name, user and group number, home. */
const ACCOUNTS: readonly (readonly [name: string, uid: number, gid: number, home: string])[] = [
  ["daemon", 1, 1, "/usr/sbin"], ["bin", 2, 2, "/bin"], ["sys", 3, 3, "/dev"], ["sync", 4, 65534, "/bin"], ["games", 5, 60, "/usr/games"],
  ["man", 6, 12, "/var/cache/man"], ["lp", 7, 7, "/var/spool/lpd"], ["mail", 8, 8, "/var/mail"], ["news", 9, 9, "/var/spool/news"],
  ["uucp", 10, 10, "/var/spool/uucp"], ["proxy", 13, 13, "/bin"], ["www-data", 33, 33, "/var/www"], ["backup", 34, 34, "/var/backups"],
  ["list", 38, 38, "/var/list"], ["irc", 39, 39, "/run/ircd"], ["_apt", 42, 65534, "/nonexistent"], ["nobody", 65534, 65534, "/nonexistent"],
];

const shellOf = (name: string): string => (name === "sync" ? "/bin/sync" : "/usr/sbin/nologin");
const PASSWD = `root:x:0:0:root:/root:/bin/bash\n${ACCOUNTS.map(([name, uid, gid, home]) => `${name}:x:${uid}:${gid}:${name}:${home}:${shellOf(name)}\n`).join("")}`;

const GROUPS =
  "root 0,daemon 1,bin 2,sys 3,adm 4,tty 5,disk 6,lp 7,mail 8,news 9,uucp 10,man 12,proxy 13,kmem 15,dialout 20,fax 21,voice 22,cdrom 24,floppy 25,tape 26,"
  + "sudo 27,audio 29,dip 30,www-data 33,backup 34,operator 37,list 38,irc 39,src 40,shadow 42,utmp 43,video 44,sasl 45,plugdev 46,staff 50,games 60,users 100,"
  + "nogroup 65534";
const GROUP = GROUPS.split(",").map((group) => `${group.replace(" ", ":x:")}:\n`).join("");

/** /etc/protocols of Debian's netbase, the lines that occur here. */
const PROTOCOLS = `ip	0	IP		# internet protocol, pseudo protocol number
icmp	1	ICMP		# internet control message protocol
igmp	2	IGMP		# Internet Group Management
ipencap	4	IP-ENCAP	# IP encapsulated in IP (officially \`\`IP'')
tcp	6	TCP		# transmission control protocol
udp	17	UDP		# user datagram protocol
ipv6	41	IPv6		# Internet Protocol, version 6
gre	47	GRE		# General Routing Encapsulation
ipv6-icmp 58	IPv6-ICMP	# ICMP for IPv6
ospf	89	OSPFIGP		# Open Shortest Path First IGP
sctp	132	SCTP		# Stream Control Transmission Protocol
`;

const NSSWITCH = `passwd:         files
group:          files
shadow:         files
gshadow:        files

hosts:          files dns
networks:       files

protocols:      db files
services:       db files
ethers:         db files
rpc:            db files

netgroup:       nis
`;

const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;

/** The file tree of a fresh Debian 12 without its programs, which the caller installs. */
export function buildRootfs(kernel: Kernel, hostname: string): void {
  for (const path of DIRECTORIES) kernel.makeDirs(path);
  for (const [path, target] of LINKS) addLink(kernel, path, target);
  sticky(kernel, "/tmp");
  sticky(kernel, "/var/tmp");
  kernel.makeDirs("/root").mode = 0o700;
  addFiles(kernel, hostname);
  addDevices(kernel);
}

function addLink(kernel: Kernel, path: string, target: string): void {
  const cut = path.lastIndexOf("/");
  kernel.makeDirs(path.slice(0, cut)).add(path.slice(cut + 1), new TreeLink(kernel.fs, target));
}

function sticky(kernel: Kernel, path: string): void {
  kernel.makeDirs(path).mode = 0o1777;
}

function addFiles(kernel: Kernel, hostname: string): void {
  const files = {
    "/etc/hostname": `${hostname}\n`,
    "/etc/hosts": `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    "/etc/resolv.conf": "", "/etc/nsswitch.conf": NSSWITCH,
    "/etc/networks": "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n", "/etc/passwd": PASSWD, "/etc/group": GROUP, "/etc/protocols": PROTOCOLS, "/etc/services": SERVICES,
    "/etc/os-release": OS_RELEASE, "/etc/debian_version": "12.11\n", "/etc/shells": "/bin/sh\n/bin/bash\n",
  };
  for (const [path, text] of Object.entries(files)) kernel.writeFile(path, utf8(text));
}

function addDevices(kernel: Kernel): void {
  const dev = kernel.makeDirs("/dev");
  const random = (max: number): Uint8Array => Uint8Array.from({ length: max }, () => kernel.sim.rng.below(256));
  addMem(kernel, dev, "null", [1, 3], readNothing);
  addMem(kernel, dev, "zero", [1, 5], readZeros);
  addMem(kernel, dev, "random", [1, 8], random);
  addMem(kernel, dev, "urandom", [1, 9], random);
  dev.add("full", new CharDevice(kernel.fs.newInode(0o666), [1, 7], (flags, _ctx, path, self) =>
    new MemFile(self, path, flags, readZeros, () => "ENOSPC")));
  dev.add("tty", new CharDevice(kernel.fs.newInode(0o666), [5, 0], openOwnTty));
  dev.add("pts", new PtsDirectory(kernel.fs.newInode(0o755), kernel));
  dev.add("shm", new Dir(kernel.fs, 0o1777));
}

function addMem(
  kernel: Kernel, dev: TreeDir, name: string, numbers: readonly [number, number], read: (max: number) => Uint8Array,
): void {
  dev.add(name, new CharDevice(kernel.fs.newInode(0o666), numbers, (flags, _ctx, path, self) => new MemFile(self, path, flags, read)));
}
