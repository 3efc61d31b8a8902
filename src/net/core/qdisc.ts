import type { Skb } from "./skb.ts";

/**
 * What became of a frame that was handed to a device's queue (NET_XMIT_*): taken, dropped because the queue is full,
 * or taken while another had to go.
 */
export type XmitResult = "success" | "drop" | "cn";

/**
 * The queueing discipline that stands between `devQueueXmit` and a device: the root of a tree that sched/ builds.
 * A device without one sends at once ("noqueue"), which is what veth, bridge, vxlan, dummy and lo do unless told otherwise.
 */
export interface RootQdisc {
  /** As `ip link` shows it. */
  readonly kind: string;
  /** Takes a frame; it leaves now, later or never. */
  xmit(skb: Skb): XmitResult;
  /** The device went down or lost its carrier: what waits is lost (dev_deactivate). */
  reset(): void;
}
