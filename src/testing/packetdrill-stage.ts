import { devOpen, registerNetdevice } from "../net/core/dev.ts";
import { type DeviceOps, IFF_NOARP, IFF_POINTOPOINT, Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import { netifRx } from "../net/core/rx.ts";
import type { Skb } from "../net/core/skb.ts";
import { inetAddAddr, newIfAddr } from "../net/ipv4/devinet.ts";
import { routeNew } from "../net/rtnl-route.ts";
import { Kernel } from "../os/kernel.ts";
import type { Sys, Task } from "../os/sys.ts";
import { Sim } from "../sim/sim.ts";
import { WaitQueue } from "../sim/wait-queue.ts";
import { IP4_ANY, MAC_ZERO } from "../wire/addr.ts";
import { ETH_HLEN, ETH_P_IP, writeEthernet } from "../wire/ethernet.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import { ipOf } from "./net-testbed.ts";

/** A packet the stack has sent: IPv4 header first. */
export interface Sniffed {
  readonly atNs: number;
  readonly packet: Uint8Array;
}

/** One call of the program under test, made by the script. */
class Call {
  readonly run: (sys: Sys) => Task<unknown>;
  result: unknown = undefined;
  done = false;
  endNs = 0;

  constructor(run: (sys: Sys) => Task<unknown>) {
    this.run = run;
  }
}
export type { Call };

export const PD_LOCAL = ipOf("192.168.0.1");
export const PD_REMOTE = ipOf("192.0.2.1");
const GATEWAY = ipOf("192.168.0.2");

/**
 * The machine under test, as packetdrill sets it up: a device whose other end is the script, 192.168.0.1/16 here,
 * 192.0.2.1 there, and one process that makes the script's system calls in turn.
 */
export class PdStage {
  readonly sim: Sim;
  readonly ns: Netns;
  readonly kernel: Kernel;
  readonly dev: Netdev;
  readonly sniffed: Sniffed[] = [];
  readonly #mail: Call[] = [];
  readonly #mailQueue = new WaitQueue();

  constructor(mtuBytes = 1500) {
    this.sim = new Sim(7);
    this.ns = bootNetns(createWorld(this.sim), "dut");
    devOpen(this.ns.loopback);
    this.kernel = new Kernel({ sim: this.sim, net: this.ns, hostname: "dut", startSec: 1_700_000_000 });
    this.dev = this.#device(mtuBytes);
    this.#start();
  }

  #device(mtuBytes: number): Netdev {
    const ops: DeviceOps = { kind: "dummy", startXmit: (_dev, skb) => this.#sniff(skb) };
    const dev = new Netdev(this.ns, "tun0", ops, {});
    dev.flags = IFF_NOARP | IFF_POINTOPOINT;
    dev.mtuBytes = mtuBytes;
    // What the real tun device has; scripts of ours set it to 1.
    dev.gsoMaxSegs = 65535;
    registerNetdevice(dev);
    inetAddAddr(this.ns, newIfAddr(dev, PD_LOCAL, 16));
    devOpen(dev);
    const nexthop = { ifindex: dev.ifindex, gateway: GATEWAY, weight: 1, onlink: false };
    routeNew(this.ns, { create: true, exclusive: false, replace: false, append: false }, {
      table: 254, type: "unicast", dst: IP4_ANY, prefixLen: 0, tos: 0, protocol: 4, scope: 0, nexthops: [nexthop], multipath: false, metrics: new Map(), locked: new Set(),
    });
    return dev;
  }

  #sniff(skb: Skb): void {
    this.sniffed.push({ atNs: this.sim.nowNs, packet: skb.buf.slice(skb.start + ETH_HLEN, skb.end) });
    this.ns.world.free(skb);
  }

  /** A packet from the script arrives. */
  inject(packet: Uint8Array): void {
    const skb = this.ns.world.alloc(ETH_HLEN + packet.length);
    writeEthernet(skb.buf, skb.start, this.dev.mac, MAC_ZERO, ETH_P_IP);
    skb.buf.set(packet, skb.start + ETH_HLEN);
    skb.dev = this.dev;
    netifRx(skb);
  }

  #start(): void {
    const [mail, queue] = [this.#mail, this.#mailQueue];
    const main = function* (sys: Sys): Task<number> {
      sys.signal("SIGPIPE", "ignore");
      for (;;) {
        const call = mail.shift();
        if (call === undefined) yield { queues: [queue] };
        else {
          call.result = yield* call.run(sys);
          call.endNs = sys.nowNs;
          call.done = true;
        }
      }
    };
    const stdio = [this.kernel.newFeed(new Uint8Array(0)), this.kernel.newCapture(), this.kernel.newCapture()] as const;
    const started = this.kernel.start({ run: main, argv: ["packetdrill"], env: new Map([["PATH", "/bin"]]), stdio });
    if (typeof started === "string") throw new Error(started);
    this.sim.runUntil(this.sim.nowNs + 1_000_000);
  }

  /** Lets the program make a call; it may sleep in it. */
  begin(run: (sys: Sys) => Task<unknown>): Call {
    const call = new Call(run);
    this.#mail.push(call);
    this.#mailQueue.wake();
    return call;
  }

  /** Steps until `ready` or the deadline; true = ready. */
  waitFor(ready: () => boolean, deadlineNs: number): boolean {
    while (!ready()) {
      const next = this.sim.nextAtNs;
      if (next === undefined || next > deadlineNs) {
        if (deadlineNs > this.sim.nowNs) this.sim.runUntil(deadlineNs);
        return ready();
      }
      this.sim.step();
    }
    return true;
  }

  /** Writes a kernel parameter; false when it does not exist or refuses. */
  sysctl(path: string, value: string): boolean {
    const entry = this.ns.sysctl.get(path);
    return entry?.set !== undefined && entry.set(value) === undefined;
  }
}
