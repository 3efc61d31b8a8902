import type { RtnlError } from "../uapi/rtnetlink.ts";
import { QDISC_KINDS, type QdiscKind, type QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Fifo } from "./fifo.ts";
import { FqCodel } from "./fq-codel.ts";
import { Htb } from "./htb.ts";
import { Netem } from "./netem.ts";
import { IngressPlace, Plain } from "./plain.ts";
import { DEFAULT_PRIOMAP, PfifoFast, Prio } from "./prio.ts";
import { type Qdisc, type QdiscPlace, TC_H_INGRESS } from "./qdisc.ts";
import { Tbf } from "./tbf.ts";

const isKind = (name: string): name is QdiscKind => (QDISC_KINDS as readonly string[]).includes(name);

const NETEM_DEFAULTS = { limit: 1000, latencyTicks: 0, jitterTicks: 0, gap: 0, loss: 0, duplicate: 0 };

/** qdisc_create: looks the kind up and initialises it; refuses as the kernel does. */
export function createQdisc(place: QdiscPlace, name: string | undefined, options: QdiscOptions | undefined): Qdisc | RtnlError {
  if (name === undefined || !isKind(name)) return { error: "ENOENT", message: "Specified qdisc kind is unknown" };
  const wrong = checkOptions(name, options);
  if (wrong !== null) return wrong;
  switch (name) {
    case "noqueue": case "blackhole": return new Plain(place, name);
    case "pfifo": case "bfifo": case "pfifo_head_drop": return new Fifo(place, name, options?.kind === name ? options.limit : undefined);
    case "pfifo_fast": return new PfifoFast(place);
    case "prio": return options?.kind === "prio" ? new Prio(place, options.bands, options.priomap) : new Prio(place, 3, DEFAULT_PRIOMAP);
    case "tbf": return options?.kind === "tbf" && options.tbf !== undefined ? new Tbf(place, options.tbf) : { error: "EINVAL" };
    case "netem": return new Netem(place, (options?.kind === "netem" ? options.netem : undefined) ?? NETEM_DEFAULTS);
    case "fq_codel": return new FqCodel(place, options?.kind === "fq_codel" ? options.fqCodel : {});
    case "htb": return options?.kind === "htb" ? new Htb(place, options.htb) : { error: "EINVAL" };
    case "ingress": case "clsact": return place.parent === TC_H_INGRESS ? new IngressPlace(place, name) : { error: "EOPNOTSUPP" };
  }
}

/** What the kernel checks of parameters, new or changed. */
export function checkOptions(kind: QdiscKind, options: QdiscOptions | undefined): RtnlError | null {
  if (kind === "tbf" && options?.kind === "tbf" && options.tbf !== undefined) {
    const { rate, peakRate } = options.tbf;
    if (peakRate !== 0 && peakRate <= rate) return { error: "EINVAL" };
  }
  if (kind === "prio" && options?.kind === "prio" && (options.bands < 2 || options.bands > 16)) return { error: "EINVAL" };
  return null;
}
