import type { Errno } from "../net/uapi/errno.ts";
import { SysPath } from "./sys-path.ts";
import type { TermMode } from "./sys.ts";
import type { Tty, WindowSize } from "./tty.ts";
import { TtyFile } from "./tty-file.ts";

/** Calls on terminals: termios(3). On anything else they answer ENOTTY. */
export class SysTty extends SysPath {
  isatty(fd: number): boolean {
    return typeof this.#tty(fd) !== "string";
  }

  windowSize(fd: number): WindowSize | Errno {
    const tty = this.#tty(fd);
    return typeof tty === "string" ? tty : tty.size;
  }

  setWindowSize(fd: number, size: WindowSize): Errno | undefined {
    const tty = this.#tty(fd);
    if (typeof tty === "string") return tty;
    tty.resize(size);
    return undefined;
  }

  tcgetattr(fd: number): TermMode | Errno {
    const tty = this.#tty(fd);
    return typeof tty === "string" ? tty : tty.mode;
  }

  tcsetattr(fd: number, mode: TermMode): Errno | undefined {
    const tty = this.#tty(fd);
    if (typeof tty === "string") return tty;
    tty.mode = { ...mode };
    return undefined;
  }

  tcgetpgrp(fd: number): number | Errno {
    const tty = this.#ownTty(fd);
    if (typeof tty === "string") return tty;
    return tty.foreground?.in(this.p.ns.pid) ?? 0;
  }

  tcsetpgrp(fd: number, pgid: number): Errno | undefined {
    const tty = this.#ownTty(fd);
    if (typeof tty === "string") return tty;
    const member = this.p.kernel.findGroup(this.p, pgid);
    if (!member || member.session !== this.p.session) return "EPERM";
    tty.foreground = member.pgrp;
    return undefined;
  }

  ttyname(fd: number): { readonly path: string } | Errno {
    const tty = this.#tty(fd);
    return typeof tty === "string" ? tty : { path: tty.path };
  }

  #tty(fd: number): Tty | Errno {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    return file instanceof TtyFile ? file.tty : "ENOTTY";
  }

  /** Job control works on the caller's controlling terminal only. */
  #ownTty(fd: number): Tty | Errno {
    const tty = this.#tty(fd);
    return typeof tty === "string" || (tty === this.p.ctty && tty.session === this.p.session) ? tty : "ENOTTY";
  }
}
