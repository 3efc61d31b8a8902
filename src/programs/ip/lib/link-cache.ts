import { isRtnlError } from "../../../net/uapi/rtnetlink.ts";
import type { LinkRow, LinkTarget } from "../../../net/uapi/rtnetlink-link.ts";
import type { Sys } from "../../../os/sys.ts";

/** Links by index and name (ll_map): asks the kernel once for each. */
export class LinkCache {
  readonly #sys: Sys;
  readonly #byIndex = new Map<number, LinkRow>();

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  remember(link: LinkRow): void {
    this.#byIndex.set(link.ifindex, link);
  }

  forget(ifindex: number): void {
    this.#byIndex.delete(ifindex);
  }

  clear(): void {
    this.#byIndex.clear();
  }

  byIndex(ifindex: number): LinkRow | undefined {
    return this.#byIndex.get(ifindex) ?? this.#ask({ ifindex });
  }

  byName(name: string): LinkRow | undefined {
    for (const link of this.#byIndex.values()) if (link.name === name) return link;
    return this.#ask({ name });
  }

  /** ll_name_to_index: 0 = no such device. */
  index(name: string): number {
    return this.byName(name)?.ifindex ?? 0;
  }

  /** ll_index_to_name: "*" for 0, "if7" for one that nobody knows. */
  name(ifindex: number): string {
    if (ifindex === 0) return "*";
    return this.byIndex(ifindex)?.name ?? `if${ifindex}`;
  }

  #ask(target: LinkTarget): LinkRow | undefined {
    const reply = this.#sys.rtnl({ op: "link.get", target });
    const item = isRtnlError(reply) ? undefined : reply.items[0];
    if (item?.is !== "link") return undefined;
    this.remember(item.link);
    return item.link;
  }
}
