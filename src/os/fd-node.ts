import type { Errno } from "../net/uapi/errno.ts";
import { Inode } from "./inode.ts";
import type { OpenFile } from "./open-file.ts";
import type { FsContext } from "./path.ts";
import type { FileKind, OpenFlags, Stat } from "./sys.ts";

/** What /proc/<pid>/fd/<n> leads to: a file that is open already. */
export class FdNode extends Inode {
  override readonly kind: FileKind;
  readonly file: OpenFile;

  constructor(file: OpenFile) {
    const { ino, mode, mtimeSec, kind } = file.stat();
    super({ ino, mode, mtimeSec });
    this.kind = kind;
    this.file = file;
  }

  override stat(): Stat {
    return this.file.stat();
  }

  override open(flags: OpenFlags, ctx: FsContext): OpenFile | Errno {
    return this.file.reopen(flags, ctx);
  }

  override truncate(): Errno | undefined {
    return this.file.truncate();
  }
}
