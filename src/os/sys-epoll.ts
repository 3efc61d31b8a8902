import type { Errno } from "../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../net/uapi/socket.ts";
import { EpollFile } from "./epoll-file.ts";
import { SysSocket } from "./sys-socket.ts";
import type { Task } from "./sys.ts";

/** epoll(7): what the event loops of servers sleep on. */
export class SysEpoll extends SysSocket {
  epollCreate(): number | Errno {
    this.charge();
    return this.p.fds.add(new EpollFile(this.p.kernel.newPipeIno()));
  }

  epollCtl(epoll: number, fd: number, want: PollWant | null): Errno | undefined {
    this.charge();
    const [ep, file] = [this.file(epoll), this.file(fd)];
    if (ep === "EBADF" || file === "EBADF") return "EBADF";
    return ep instanceof EpollFile ? ep.control(fd, file, want) : "EINVAL";
  }

  *epollWait(epoll: number, deadlineNs?: number): Task<readonly PollReady[] | Errno> {
    const ep = this.file(epoll);
    if (ep === "EBADF") return ep;
    if (!(ep instanceof EpollFile)) return "EINVAL";
    yield* this.enter();
    const attempt = (): readonly PollReady[] | "EAGAIN" => {
      const ready = ep.collect(this.p.fds);
      return ready.length > 0 || (deadlineNs !== undefined && this.nowNs >= deadlineNs) ? ready : "EAGAIN";
    };
    return yield* this.until([ep.queue], attempt, deadlineNs);
  }
}
