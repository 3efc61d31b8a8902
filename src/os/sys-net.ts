import type { Errno } from "../net/uapi/errno.ts";
import type { RtnlEvent, RtnlGroup, RtnlReply, RtnlRequest } from "../net/uapi/rtnetlink.ts";
import type {
  Received, RecvOptions, SendMessage, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType,
} from "../net/uapi/socket.ts";
import { SysNamespace } from "./sys-namespace.ts";
import type { Task } from "./sys.ts";

/** Calls on the network. (Sockets are not connected to a stack yet: every family is unsupported.) */
export class SysNet extends SysNamespace {
  socket(_domain: SockDomain, _type: SockType, _protocol?: SockProtocol): number | Errno {
    return "EAFNOSUPPORT";
  }
  bind(_fd: number, _addr: SockAddr): Errno | undefined {
    return "ENOTSOCK";
  }
  *connect(_fd: number, _addr: SockAddr): Task<Errno | undefined> {
    return "ENOTSOCK";
  }
  getsockname(_fd: number): SockAddr | Errno {
    return "ENOTSOCK";
  }
  getpeername(_fd: number): SockAddr | Errno {
    return "ENOTSOCK";
  }
  setsockopt<K extends SockOption>(_fd: number, _option: K, _value: SockOptions[K]): Errno | undefined {
    return "ENOTSOCK";
  }
  getsockopt<K extends SockOption>(_fd: number, _option: K): SockOptions[K] | Errno {
    return "ENOTSOCK";
  }
  *sendmsg(_fd: number, _message: SendMessage): Task<number | Errno> {
    return "ENOTSOCK";
  }
  *recvmsg(_fd: number, _options: RecvOptions): Task<Received | Errno> {
    return "ENOTSOCK";
  }
  rtnl(_request: RtnlRequest): RtnlReply {
    return { error: "EOPNOTSUPP" };
  }
  rtnlSubscribe(_groups: readonly RtnlGroup[]): number | Errno {
    return "EAFNOSUPPORT";
  }
  *rtnlReceive(_fd: number, _deadlineNs?: number): Task<RtnlEvent | Errno> {
    return "ENOTSOCK";
  }
}
