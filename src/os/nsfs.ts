import type { Errno } from "../net/uapi/errno.ts";
import { Inode, MTIME_NOW } from "./inode.ts";
import type { Namespace } from "./namespace.ts";
import { OpenFile } from "./open-file.ts";
import type { OpenFlags, Stat } from "./sys.ts";

/** What /proc/<pid>/ns/net leads to, and what a bind mount of it shows: the namespace as a file (nsfs). */
export class NamespaceNode extends Inode {
  override readonly kind = "file";
  readonly namespace: Namespace;

  constructor(namespace: Namespace) {
    super({ ino: namespace.ino, mode: 0o444, mtimeSec: MTIME_NOW });
    this.namespace = namespace;
  }

  override open(flags: OpenFlags): OpenFile | Errno {
    return flags.write ? "EPERM" : new OpenNamespace(this);
  }
}

/** An open descriptor keeps the namespace alive. */
class OpenNamespace extends OpenFile {
  readonly #node: NamespaceNode;

  constructor(node: NamespaceNode) {
    super({ read: true });
    this.#node = node;
    node.namespace.hold();
  }

  override label(): string {
    return this.#node.namespace.label;
  }

  override stat(): Stat {
    return this.#node.stat();
  }

  override node(): Inode {
    return this.#node;
  }

  protected override release(): void {
    this.#node.namespace.drop();
  }
}
