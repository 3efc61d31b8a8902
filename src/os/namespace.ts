import type { Netns } from "../net/core/netns.ts";
import { destroyNetns } from "../net/init.ts";
import type { Inode } from "./inode.ts";
import type { Process } from "./process.ts";
import type { NamespaceKind } from "./sys.ts";

/**
 * A namespace (namespaces(7)). It lives while a process is in it, a bind mount shows it or an open
 * file refers to it. `hold` and `drop` count these; the last `drop` destroys it.
 */
export abstract class Namespace {
  readonly kind: NamespaceKind;
  /** Inode number: what `readlink /proc/self/ns/net` shows. */
  readonly ino: number;
  #holders = 0;

  constructor(kind: NamespaceKind, ino: number) {
    this.kind = kind;
    this.ino = ino;
  }

  /** `net:[4026531833]` */
  get label(): string {
    return `${this.kind}:[${this.ino}]`;
  }

  get alive(): boolean {
    return this.#holders > 0;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  drop(): void {
    this.#holders--;
    if (this.#holders === 0) this.destroy();
  }

  protected destroy(): void {
    // Most kinds hold nothing that must be given back.
  }
}

/** A network namespace, and in it the whole stack. */
export class NetNamespace extends Namespace {
  readonly netns: Netns;
  /** It was given a name in /run/netns, which is its place in the trace. */
  named = false;

  constructor(netns: Netns) {
    super("net", netns.inode);
    this.netns = netns;
  }

  protected override destroy(): void {
    destroyNetns(this.netns);
  }
}

export class UtsNamespace extends Namespace {
  nodename: string;

  constructor(ino: number, nodename: string) {
    super("uts", ino);
    this.nodename = nodename;
  }
}

export class PidNamespace extends Namespace {
  readonly parent: PidNamespace | null;
  /** Process 1: adopts orphans; when it ends, everybody inside is killed. */
  reaper: Process | null = null;
  #last = 0;

  constructor(ino: number, parent: PidNamespace | null) {
    super("pid", ino);
    this.parent = parent;
  }

  /** Numbers rise by one; like the kernel's they are not reused before 4194304 (never reached here). */
  allocate(): number {
    return ++this.#last;
  }

  get lastPid(): number {
    return this.#last;
  }

  /** Can processes of `other` be seen from here? */
  contains(other: PidNamespace): boolean {
    for (let ns: PidNamespace | null = other; ns !== null; ns = ns.parent) if (ns === this) return true;
    return false;
  }
}

/** ipc, user, cgroup: they exist and have numbers, and isolate nothing that is simulated. */
export class PlainNamespace extends Namespace {}

/** One line of /proc/mounts. */
export interface Mount {
  readonly source: string;
  readonly path: string;
  readonly fsType: string;
  readonly options: string;
  /** The node that is covered, and what shows in its place; null for the mounts that exist from boot. */
  readonly covers: Inode | null;
  readonly shows: Inode | null;
  /** Namespace that the mount keeps alive (nsfs). */
  readonly holds: Namespace | null;
}

/** mount_namespaces(7): the bind mounts that processes in it see. Later mounts lie over earlier ones. */
export class MountNamespace extends Namespace {
  readonly mounts: Mount[] = [];
  /** Copies that hear of what is mounted and unmounted here (MS_SLAVE). */
  readonly #slaves = new Set<MountNamespace>();
  #master: MountNamespace | null = null;

  constructor(ino: number) {
    super("mnt", ino);
  }

  add(mount: Mount): void {
    mount.holds?.hold();
    this.mounts.push(mount);
    for (const slave of this.#slaves) slave.add(mount);
  }

  remove(mount: Mount): void {
    const at = this.mounts.indexOf(mount);
    if (at < 0) return;
    this.mounts.splice(at, 1);
    mount.holds?.drop();
    for (const slave of this.#slaves) slave.remove(mount);
  }

  /** What a path lookup that arrived at `inode` sees. */
  resolve(inode: Inode): Inode {
    let seen = inode;
    for (const mount of this.mounts) if (mount.covers === seen && mount.shows) seen = mount.shows;
    return seen;
  }

  /** The copy starts with the same mounts and then goes its own way (MS_PRIVATE). */
  copyTo(copy: MountNamespace): MountNamespace {
    for (const mount of this.mounts) copy.add(mount);
    return copy;
  }

  /** The copy keeps following the original, not the other way round: what `ip netns exec` asks for. */
  slaveTo(copy: MountNamespace): MountNamespace {
    this.#slaves.add(copy);
    copy.#master = this;
    return this.copyTo(copy);
  }

  protected override destroy(): void {
    if (this.#master) this.#master.#slaves.delete(this);
    for (const mount of [...this.mounts]) this.remove(mount);
  }
}

/** The namespaces of a process. */
export interface Namespaces {
  readonly net: NetNamespace;
  readonly mnt: MountNamespace;
  readonly pid: PidNamespace;
  readonly uts: UtsNamespace;
  readonly ipc: PlainNamespace;
  readonly user: PlainNamespace;
  readonly cgroup: PlainNamespace;
}

export function holdAll(ns: Namespaces): Namespaces {
  for (const one of Object.values(ns) as Namespace[]) one.hold();
  return ns;
}

export function dropAll(ns: Namespaces): void {
  for (const one of Object.values(ns) as Namespace[]) one.drop();
}
