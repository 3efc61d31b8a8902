// From a program such as programs/ip: rtnetlink. Next net/rtnl.ts.
import type { Netns } from "../net/core/netns.ts";
import { RtnlSocket } from "../net/rtnl-socket.ts";
import { rtnlRequest } from "../net/rtnl.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { RtnlEvent, RtnlGroup, RtnlReply, RtnlRequest } from "../net/uapi/rtnetlink.ts";
import type { NetnsRef } from "../net/uapi/rtnetlink-link.ts";
import { NetNamespace } from "./namespace.ts";
import { NetlinkFile } from "./netlink-file.ts";
import { NamespaceNode } from "./nsfs.ts";
import { SysEpoll } from "./sys-epoll.ts";
import type { Task } from "./sys.ts";

/** rtnetlink calls. */
export class SysNet extends SysEpoll {
  rtnl(request: RtnlRequest): RtnlReply {
    this.charge();
    const { journey, ns } = this.p;
    return rtnlRequest({ ns: ns.net.netns, journey, netnsOf: (ref) => this.#netnsOf(ref) }, request);
  }

  rtnlSubscribe(groups: readonly RtnlGroup[]): number | Errno {
    this.charge();
    const { p } = this;
    return p.fds.add(new NetlinkFile(p.ns.net, new RtnlSocket(p.ns.net.netns, groups), p.kernel.newPipeIno()));
  }

  /** What a daemon does about a message belongs to the journey of the packet that caused it. */
  *rtnlReceive(fd: number, deadlineNs?: number): Task<RtnlEvent | Errno> {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    if (!(file instanceof NetlinkFile) || !(file.socket instanceof RtnlSocket)) return "ENOTSOCK";
    yield* this.enter();
    const { socket } = file;
    const attempt = (): RtnlEvent | Errno => socket.receive();
    const got = yield* this.receiveUntil(file, attempt, deadlineNs);
    if (typeof got !== "string") this.p.journey = got.journey;
    return got;
  }

  /** IFLA_NET_NS_FD and IFLA_NET_NS_PID. */
  #netnsOf(ref: NetnsRef): Netns | Errno {
    if ("pid" in ref) return this.p.kernel.findProcess(this.p, ref.pid)?.ns.net.netns ?? "ESRCH";
    const file = this.file(ref.fd);
    if (file === "EBADF") return file;
    const node = file.node();
    return node instanceof NamespaceNode && node.namespace instanceof NetNamespace ? node.namespace.netns : "EINVAL";
  }
}
