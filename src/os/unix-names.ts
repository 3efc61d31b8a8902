// From sys-socket.ts: bind, connect or send named a path. Next net/sock/unix.ts.
import type { Errno } from "../net/uapi/errno.ts";
import type { UnixNames, UnixSock } from "../net/sock/unix.ts";
import { Inode } from "./inode.ts";
import { type FsContext, mayAccess } from "./path.ts";
import type { TreeDir } from "./tree.ts";
import { addNode, findPlace } from "./vfs.ts";

/** The node that bind(2) makes for a unix socket. It outlives the socket until somebody unlinks it. */
class SocketNode extends Inode {
  override readonly kind = "socket";
  readonly sock: UnixSock;

  constructor(dir: TreeDir, mode: number, sock: UnixSock) {
    super(dir.fs.newInode(mode));
    this.sock = sock;
  }

  /** Sockets are connected to, not opened. */
  override open(): Errno {
    return "ENXIO";
  }
}

/** Paths as the calling process sees them: its root, directory and mounts. */
export const unixNamesOf = (ctx: FsContext): UnixNames => ({
  find(path) {
    const place = findPlace(ctx, path);
    if (typeof place === "string") return place;
    if (!mayAccess(ctx, place.inode, "write")) return "EACCES";
    return place.inode instanceof SocketNode && !place.inode.sock.closed ? place.inode.sock : "ECONNREFUSED";
  },
  exists: (path) => typeof findPlace(ctx, path, false) !== "string",
  make(path, sock) {
    const refused = addNode(ctx, path, (dir) => new SocketNode(dir, 0o777 & ~ctx.umask, sock));
    return refused === "EEXIST" ? "EADDRINUSE" : refused;
  },
});
