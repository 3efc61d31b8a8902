import type { Errno } from "../net/uapi/errno.ts";
import type { KlogLine } from "../net/uapi/klog.ts";
import type {
  ConnectAddr, PollReady, PollWant, Received, RecvOptions, SendMessage, ShutdownHow, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType,
} from "../net/uapi/socket.ts";
import type { SockDiagRow, SockDiagTable } from "../net/uapi/sock-diag.ts";
import type { CtReply, CtRequest } from "../net/uapi/conntrack.ts";
import type { NfnlEvent, NfnlGroup } from "../net/uapi/nfnetlink.ts";
import type { NftBatchReply, NftGet, NftGetReply, NftMsg } from "../net/uapi/nft.ts";
import type { RtnlEvent, RtnlGroup, RtnlReply, RtnlRequest } from "../net/uapi/rtnetlink.ts";
import type { WaitQueue } from "../sim/wait-queue.ts";

/**
 * The system calls: everything a program may know of the machine. Programs are generators that
 * yield what they wait for; the kernel resumes them when it happened. Calls that can sleep are
 * generators themselves (`yield* sys.read(0, 4096)`), the others answer at once.
 */

/** What a process sleeps on: any of the queues, or the deadline, whichever comes first. `costNs` is CPU time used since the last yield. */
export interface Wait {
  readonly queues: readonly WaitQueue[];
  readonly deadlineNs?: number;
  readonly costNs?: number;
}

export type Task<T> = Generator<Wait, T, void>;

/** A program's main(): returns the exit status 0–255. `argv[0]` is its name. A fatal signal ends it through `gen.return()`, so `finally` runs. */
export type Program = (sys: Sys, argv: readonly string[]) => Task<number>;

export type Signal =
  | "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGILL" | "SIGTRAP" | "SIGABRT" | "SIGBUS" | "SIGFPE" | "SIGKILL" | "SIGUSR1"
  | "SIGSEGV" | "SIGUSR2" | "SIGPIPE" | "SIGALRM" | "SIGTERM" | "SIGCHLD" | "SIGCONT" | "SIGSTOP" | "SIGTSTP" | "SIGTTIN"
  | "SIGTTOU" | "SIGURG" | "SIGXCPU" | "SIGXFSZ" | "SIGVTALRM" | "SIGPROF" | "SIGWINCH" | "SIGIO" | "SIGPWR" | "SIGSYS";

export type Disposition = "default" | "ignore" | ((sig: Signal) => void);

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

/** open(2) flags. `create` makes a missing file, `exclusive` refuses an existing one. */
export interface OpenFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
}

export type FileKind = "file" | "dir" | "link" | "char" | "fifo" | "socket";

export interface Stat {
  readonly kind: FileKind;
  readonly size: number;
  /** Permission bits, e.g. 0o755. */
  readonly mode: number;
  readonly ino: number;
  readonly nlink: number;
  /** Seconds since the epoch. */
  readonly mtimeSec: number;
  readonly uid: number;
  readonly gid: number;
  /** Character devices: major and minor number, where `ls -l` shows the size of others. */
  readonly rdev?: readonly [major: number, minor: number];
}

export type NamespaceKind = "net" | "mnt" | "pid" | "uts" | "ipc" | "user" | "cgroup";

export interface SpawnOptions {
  /** A path or a name looked up by the caller; or a program value (the shell's own subshells). */
  readonly run: string | Program;
  readonly argv: readonly string[];
  /** Default: the parent's. */
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /** Child's fd → parent's fd. Default: all of the parent's that are not close-on-exec. */
  readonly fds?: ReadonlyMap<number, number>;
  /** Process group: a number to join, 0 to lead a new one. Default: the parent's. */
  readonly pgid?: number;
  /** Dispositions that differ from the parent's (handlers are never inherited, "ignore" is). */
  readonly signals?: ReadonlyMap<Signal, "default" | "ignore">;
  /** Name in `ps` when `run` is a program value. Default argv[0]. */
  readonly comm?: string;
  /** Starts a new journey (the causal id that the trace carries); see {@link Sys.newJourney}. */
  readonly journey?: number;
}

/** wait(2)'s answer. */
export type ChildStatus =
  | { readonly pid: number; readonly is: "exited"; readonly code: number }
  | { readonly pid: number; readonly is: "signaled"; readonly signal: Signal }
  | { readonly pid: number; readonly is: "stopped"; readonly signal: Signal }
  | { readonly pid: number; readonly is: "continued" };

export interface WaitOptions {
  /** A pid, or "any" child, or a process group. Default "any". */
  readonly who?: number | "any" | { readonly pgid: number };
  readonly noHang?: boolean;
  /** Report stopped and continued children too. */
  readonly untraced?: boolean;
}

/** termios(3), as far as it is used. */
export interface TermMode {
  /** ICANON: line editing by the tty. */
  readonly canonical: boolean;
  readonly echo: boolean;
  /** ISIG: ^C ^Z ^\ become signals. */
  readonly signals: boolean;
}

/** Clock reading; seconds and nanoseconds since the epoch. */
export interface WallTime {
  readonly sec: number;
  readonly nsec: number;
}

export interface Sys {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  /** Live environment of this process; changing it changes what children get. */
  readonly env: Map<string, string>;

  // — time —
  /** CLOCK_MONOTONIC in ns: simulated time. */
  readonly nowNs: number;
  /** CLOCK_REALTIME: the scenario's start date plus simulated time. */
  wallTime(): WallTime;
  /** Sleeps; `EINTR` if a handled signal came first. */
  sleep(ns: number): Task<Errno | undefined>;
  /** Uses CPU time and lets others run: call it in every loop that does not sleep. */
  compute(ns: number): Task<void>;
  /** CPU time used so far by this process, and by its children that were waited for (times(2)). */
  times(): { readonly selfNs: number; readonly childrenNs: number };
  /** Seeded random 32-bit unsigned integer (getrandom(2)). */
  random(): number;

  // — files —
  open(path: string, flags: OpenFlags, mode?: number): number | Errno;
  close(fd: number): Errno | undefined;
  /** At most `maxBytes`; empty = end of file. Sleeps for pipes, ttys, sockets. */
  read(fd: number, maxBytes: number): Task<Uint8Array | Errno>;
  /** Writes all of it, sleeping while a pipe is full. A reader that is gone gives SIGPIPE, then `EPIPE`. */
  write(fd: number, data: Uint8Array | string): Task<Errno | undefined>;
  /** Sleeps until one of the fds is readable (or at its end), the deadline passes (→ empty list) or a signal was handled (→ `EINTR`). */
  poll(fds: readonly number[], deadlineNs?: number): Task<readonly number[] | Errno>;
  /** poll(2) for reading, writing and hang-ups; at the deadline an empty list. What an event loop sleeps on. */
  pollFds(wants: readonly PollWant[], deadlineNs?: number): Task<readonly PollReady[] | Errno>;
  /** epoll(7), level-triggered: for a server that watches many descriptors at once. A descriptor that is closed is forgotten. */
  epollCreate(): number | Errno;
  /** Watches `fd` for what is wanted, instead of what was wanted before; null = no more. */
  epollCtl(epoll: number, fd: number, want: PollWant | null): Errno | undefined;
  /** Sleeps as {@link pollFds} does. */
  epollWait(epoll: number, deadlineNs?: number): Task<readonly PollReady[] | Errno>;
  /** O_NONBLOCK of an open file description: read, accept, connect, sendmsg and recvmsg answer `EAGAIN` (connect: `EINPROGRESS`) instead of sleeping. `write` sleeps all the same: a non-blocking program uses sendmsg. */
  setNonBlock(fd: number, on: boolean): Errno | undefined;
  pipe(): readonly [readEnd: number, writeEnd: number];
  dup(fd: number, to?: number): number | Errno;
  setCloseOnExec(fd: number, on: boolean): Errno | undefined;
  fds(): readonly number[];
  seek(fd: number, offset: number, whence: "set" | "cur" | "end"): number | Errno;
  /** Whole file at once, for small files; works for /proc and /sys too. */
  readFile(path: string): Uint8Array | Errno;
  writeFile(path: string, data: Uint8Array | string, flags?: OpenFlags): Errno | undefined;
  stat(path: string): Stat | Errno;
  lstat(path: string): Stat | Errno;
  fstat(fd: number): Stat | Errno;
  readdir(path: string): readonly string[] | Errno;
  readlink(path: string): { readonly target: string } | Errno;
  mkdir(path: string, mode?: number): Errno | undefined;
  rmdir(path: string): Errno | undefined;
  unlink(path: string): Errno | undefined;
  rename(from: string, to: string): Errno | undefined;
  /** One more name for a file; `EPERM` for directories, `EXDEV` for what is not in the tree (/proc, devices). */
  link(from: string, to: string): Errno | undefined;
  symlink(target: string, path: string): Errno | undefined;
  chmod(path: string, mode: number): Errno | undefined;
  utimes(path: string, mtimeSec: number): Errno | undefined;
  /** X_OK and friends, access(2). */
  access(path: string, what: "read" | "write" | "execute"): Errno | undefined;
  getcwd(): string;
  chdir(path: string): Errno | undefined;

  // — terminal —
  isatty(fd: number): boolean;
  windowSize(fd: number): { readonly rows: number; readonly cols: number } | Errno;
  /** `stty rows R cols C`: the foreground group hears SIGWINCH. */
  setWindowSize(fd: number, size: { readonly rows: number; readonly cols: number }): Errno | undefined;
  tcgetattr(fd: number): TermMode | Errno;
  tcsetattr(fd: number, mode: TermMode): Errno | undefined;
  tcgetpgrp(fd: number): number | Errno;
  tcsetpgrp(fd: number, pgid: number): Errno | undefined;
  /** Path of the terminal behind an fd ("/dev/pts/0"), ttyname(3). */
  ttyname(fd: number): { readonly path: string } | Errno;

  // — processes —
  spawn(options: SpawnOptions): number | Errno;
  /** Replaces this program; answers only when it failed. */
  exec(path: string, argv: readonly string[], env?: ReadonlyMap<string, string>): Task<Errno>;
  /** `ECHILD` when there is none; with `noHang` and nothing to tell: undefined. */
  waitpid(options?: WaitOptions): Task<ChildStatus | Errno | undefined>;
  /** pid > 0 one process, pid < 0 the group -pid, 0 the caller's group. Signal 0 only asks. */
  kill(pid: number, signal: Signal | 0): Errno | undefined;
  /** Sets what a signal does; a handler makes sleeping calls answer `EINTR` after it ran. Returns what was set before. */
  signal(signal: Signal, disposition: Disposition): Disposition;
  getpgid(pid?: number): number | Errno;
  getsid(pid?: number): number | Errno;
  setpgid(pid: number, pgid: number): Errno | undefined;
  setsid(): number | Errno;
  umask(mask?: number): number;
  /** setgid(2) and setuid(2): a server gives up root. `EPERM` for who is not root. */
  setIds(uid: number, gid: number): Errno | undefined;
  /** What `ps` shows as the command line from now on: the overwritten argv of daemons. */
  setTitle(title: string): void;

  // — namespaces —
  unshare(kinds: readonly NamespaceKind[]): Errno | undefined;
  /** Enters the namespace behind a path such as /run/netns/x or /proc/7/ns/net. */
  setns(path: string, kind: NamespaceKind): Errno | undefined;
  /** mount(2) with MS_BIND: puts what `source` names (here: a namespace file or a file) over `target`. */
  bindMount(source: string, target: string): Errno | undefined;
  /**
   * mount(2) of a file system that shows the caller's namespaces: `proc` its pid namespace (`unshare
   * --mount-proc`), `sysfs` its network namespace (`ip netns exec` mounts one on /sys), `tmpfs` an empty tree.
   */
  mountFs(fsType: "proc" | "sysfs" | "tmpfs", target: string): Errno | undefined;
  umount(target: string): Errno | undefined;
  /** uname(2) nodename. */
  hostname(): string;
  sethostname(name: string): Errno | undefined;

  // — network —
  socket(domain: SockDomain, type: SockType, protocol?: SockProtocol): number | Errno;
  /** socketpair(2): two unix sockets connected to each other. */
  socketpair(type: SockType): readonly [number, number] | Errno;
  bind(fd: number, addr: SockAddr): Errno | undefined;
  connect(fd: number, addr: ConnectAddr): Task<Errno | undefined>;
  /** Makes a stream socket wait for connections; `backlog` is cut to net.core.somaxconn. */
  listen(fd: number, backlog: number): Errno | undefined;
  /** Takes one connection from the queue; its descriptor. The caller's work belongs to the journey of who connected. */
  accept(fd: number): Task<number | Errno>;
  shutdown(fd: number, how: ShutdownHow): Errno | undefined;
  /** Every socket of the caller's network namespace in these tables: what `ss` asks (sock_diag(7)). */
  sockDiag(tables: readonly SockDiagTable[]): readonly SockDiagRow[];
  getsockname(fd: number): SockAddr | Errno;
  getpeername(fd: number): SockAddr | Errno;
  setsockopt<K extends SockOption>(fd: number, option: K, value: SockOptions[K]): Errno | undefined;
  getsockopt<K extends SockOption>(fd: number, option: K): SockOptions[K] | Errno;
  /** Sends one message; returns bytes sent. */
  sendmsg(fd: number, message: SendMessage): Task<number | Errno>;
  recvmsg(fd: number, options: RecvOptions): Task<Received | Errno>;
  /** One rtnetlink transaction in this process's network namespace: what `ip` and `bridge` ask. */
  rtnl(request: RtnlRequest): RtnlReply;
  /** A netlink socket that hears of changes and misses in this namespace. */
  rtnlSubscribe(groups: readonly RtnlGroup[]): number | Errno;
  rtnlReceive(fd: number, deadlineNs?: number): Task<RtnlEvent | Errno>;

  /** One nf_tables transaction in this network namespace: all of it or nothing. `echo` asks for what happened, with handles. */
  nftBatch(messages: readonly NftMsg[], options?: { readonly echo?: boolean; /** Try it, and change nothing. */ readonly check?: boolean }): NftBatchReply;
  nftGet(request: NftGet): NftGetReply;
  /** One ctnetlink request: what `conntrack` asks. */
  ct(request: CtRequest): CtReply;
  /** A netlink socket that hears of rule set changes, traced packets, or flows. */
  nfnlSubscribe(groups: readonly NfnlGroup[]): number | Errno;
  nfnlReceive(fd: number, deadlineNs?: number): Task<NfnlEvent | Errno>;

  /**
   * /dev/kmsg: messages of the kernel's ring buffer from number `seq` on; with `wait` sleeps until there is one.
   * `from` "now" = only what is written from now on.
   */
  klogRead(from: number | "now", wait: boolean): Task<readonly KlogLine[] | Errno>;
  /** syslog(2) SYSLOG_ACTION_CLEAR. */
  klogClear(): void;

  // — trace —
  /** Begins a journey: everything the calling process causes from now on carries its id in the trace. */
  newJourney(label: string): number;
  /**
   * The journey this process works for. accept and recvmsg set it by themselves; an event loop that turns to
   * another connection because of a timer, or a handshake that ended, puts that connection's own here.
   */
  journey: number;
}
