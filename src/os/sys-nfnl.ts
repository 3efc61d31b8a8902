import { ctRequest } from "../net/netfilter/ct-netlink.ts";
import { nftBatch, nftGet } from "../net/netfilter/nft/netlink.ts";
import type { CtReply, CtRequest } from "../net/uapi/conntrack.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { KlogLine } from "../net/uapi/klog.ts";
import type { NfnlEvent, NfnlGroup } from "../net/uapi/nfnetlink.ts";
import type { NftBatchReply, NftGet, NftGetReply, NftMsg } from "../net/uapi/nft.ts";
import { NfnlSocket } from "../net/netfilter/nfnl-socket.ts";
import { NetlinkFile } from "./netlink-file.ts";
import { SysNet } from "./sys-net.ts";
import type { Task } from "./sys.ts";

/** Calls on netfilter: nf_tables transactions and dumps, conntrack, who listens to them, and the ring buffer that rules log to. */
export class SysNfnl extends SysNet {
  nftBatch(messages: readonly NftMsg[], options: { readonly echo?: boolean; readonly check?: boolean } = {}): NftBatchReply {
    this.charge();
    const { comm, journey, ns } = this.p;
    return nftBatch(ns.net.netns, messages, options.echo === true, { pid: this.pid, comm, journey }, options.check === true);
  }

  nftGet(request: NftGet): NftGetReply {
    this.charge();
    return nftGet(this.p.ns.net.netns, request);
  }

  ct(request: CtRequest): CtReply {
    this.charge();
    const { comm, journey, ns } = this.p;
    return ctRequest(ns.net.netns, request, { pid: this.pid, comm, journey });
  }

  nfnlSubscribe(groups: readonly NfnlGroup[]): number | Errno {
    this.charge();
    const { p } = this;
    return p.fds.add(new NetlinkFile(p.ns.net, new NfnlSocket(p.ns.net.netns, groups), p.kernel.newPipeIno()));
  }

  *nfnlReceive(fd: number, deadlineNs?: number): Task<NfnlEvent | Errno> {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    if (!(file instanceof NetlinkFile) || !(file.socket instanceof NfnlSocket)) return "ENOTSOCK";
    yield* this.enter();
    const { socket } = file;
    const attempt = (): NfnlEvent | Errno => socket.receive();
    return yield* this.receiveUntil(file, attempt, deadlineNs);
  }

  *klogRead(from: number | "now", wait: boolean): Task<readonly KlogLine[] | Errno> {
    yield* this.enter();
    const { klog } = this.p.ns.net.netns.world;
    const seq = from === "now" ? klog.nextSeq : from;
    const attempt = (): readonly KlogLine[] | "EAGAIN" => {
      const lines = klog.from(seq);
      return lines.length > 0 || !wait ? lines : "EAGAIN";
    };
    return yield* this.until([klog.queue], attempt);
  }

  klogClear(): void {
    this.charge();
    this.p.ns.net.netns.world.klog.clear();
  }
}
