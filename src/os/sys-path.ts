import type { Errno } from "../net/uapi/errno.ts";
import { Directory, Link, type Inode } from "./inode.ts";
import { mayAccess, pathOf, type Want } from "./path.ts";
import { SysFile } from "./sys-file.ts";
import type { Stat } from "./sys.ts";
import { findPlace, makeDir, makeHardLink, makeLink, removeDir, removeFile, renamePath } from "./vfs.ts";

/** Calls on paths. */
export class SysPath extends SysFile {
  stat(path: string): Stat | Errno {
    return this.#withNode(path, true, (node) => this.dated(node.stat()));
  }

  lstat(path: string): Stat | Errno {
    return this.#withNode(path, false, (node) => this.dated(node.stat()));
  }

  readdir(path: string): readonly string[] | Errno {
    return this.#withNode(path, true, (node) => {
      if (!(node instanceof Directory)) return "ENOTDIR";
      return mayAccess(this.p, node, "read") ? node.names(this.p) : "EACCES";
    });
  }

  readlink(path: string): { readonly target: string } | Errno {
    return this.#withNode(path, false, (node) => (node instanceof Link ? { target: node.target(this.p) } : "EINVAL"));
  }

  mkdir(path: string, mode = 0o777): Errno | undefined {
    this.charge();
    return makeDir(this.p, path, mode);
  }

  rmdir(path: string): Errno | undefined {
    this.charge();
    return removeDir(this.p, path);
  }

  unlink(path: string): Errno | undefined {
    this.charge();
    return removeFile(this.p, path);
  }

  rename(from: string, to: string): Errno | undefined {
    this.charge();
    return renamePath(this.p, from, to);
  }

  link(from: string, to: string): Errno | undefined {
    this.charge();
    return makeHardLink(this.p, from, to);
  }

  symlink(target: string, path: string): Errno | undefined {
    this.charge();
    return makeLink(this.p, target, path);
  }

  chmod(path: string, mode: number): Errno | undefined {
    return this.#withNode(path, true, (node) => {
      node.mode = mode & 0o7777;
      return undefined;
    });
  }

  utimes(path: string, mtimeSec: number): Errno | undefined {
    return this.#withNode(path, true, (node) => {
      node.mtimeSec = mtimeSec;
      return undefined;
    });
  }

  access(path: string, what: Want): Errno | undefined {
    return this.#withNode(path, true, (node) => (mayAccess(this.p, node, what) ? undefined : "EACCES"));
  }

  getcwd(): string {
    return pathOf(this.p.cwd);
  }

  chdir(path: string): Errno | undefined {
    this.charge();
    const place = findPlace(this.p, path);
    if (typeof place === "string") return place;
    if (place.inode.kind !== "dir") return "ENOTDIR";
    if (!mayAccess(this.p, place.inode, "execute")) return "EACCES";
    this.p.cwd = place;
    return undefined;
  }

  #withNode<T>(path: string, follow: boolean, use: (node: Inode) => T): T | Errno {
    this.charge();
    const place = findPlace(this.p, path, follow);
    return typeof place === "string" ? place : use(place.inode);
  }
}
