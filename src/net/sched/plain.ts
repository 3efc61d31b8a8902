import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import { devHardStartXmit } from "../core/xmit.ts";
import type { QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Qdisc, type QdiscPlace } from "./qdisc.ts";

/** Disciplines that hold nothing: "noqueue" sends at once, "blackhole" loses all. */
export class Plain extends Qdisc {
  readonly kind: "noqueue" | "blackhole";

  constructor(place: QdiscPlace, kind: "noqueue" | "blackhole") {
    super(place);
    this.kind = kind;
  }

  enqueue(skb: Skb): XmitResult {
    if (this.kind === "noqueue") devHardStartXmit(skb);
    else this.refuse(skb);
    return "success";
  }

  dequeue(): null {
    return null;
  }

  options(): QdiscOptions {
    return { kind: this.kind };
  }
}

/**
 * ingress and clsact: places for filters on the way in (and out). Without filters, which are not simulated, they let
 * everything pass and count nothing, as the kernel's do.
 */
export class IngressPlace extends Qdisc {
  readonly kind: "ingress" | "clsact";

  constructor(place: QdiscPlace, kind: "ingress" | "clsact") {
    super(place);
    this.kind = kind;
  }

  enqueue(): XmitResult {
    throw new Error("no frame goes through an ingress discipline");
  }

  dequeue(): null {
    return null;
  }

  options(): QdiscOptions {
    return { kind: this.kind };
  }
}
