import { readU32 } from "../../wire/addr.ts";
import type { Skb } from "../core/skb.ts";
import type { U32Key } from "../uapi/rtnetlink-qdisc.ts";

/* net/sched/cls_api.c and cls_u32.c: filters that choose a class. Of the classifiers there is u32, with one table a priority. */

const ETH_P_ALL_FILTER = 3;
/** Tables and rules are numbered from here. */
const FIRST = 0x800;
/** The first priority that is given out when none is named, and from where on one counts as given out. */
const FIRST_AUTO_PREF = 49152;
const AUTO_PREFS = 32768;

interface Rule {
  readonly id: number;
  readonly keys: readonly U32Key[];
  readonly classid: number;
}

/** All filters of one priority (struct tcf_proto). */
export interface Filter {
  readonly pref: number;
  readonly protocol: number;
  readonly table: number;
  rules: readonly Rule[];
}

/** The filters of a discipline, by priority. */
export class FilterList {
  readonly filters: Filter[] = [];
  #nextTable = FIRST;

  find(pref: number): Filter | undefined {
    return this.filters.find((f) => f.pref === pref);
  }

  /** tcf_auto_prio: before the last that was given out. */
  autoPref(): number {
    const last = this.filters.find((f) => f.pref >= AUTO_PREFS);
    return last === undefined ? FIRST_AUTO_PREF : last.pref - 1;
  }

  add(pref: number, protocol: number): Filter {
    const filter: Filter = { pref, protocol, table: this.#nextTable++, rules: [] };
    this.filters.push(filter);
    this.filters.sort((a, b) => a.pref - b.pref);
    return filter;
  }

  addRule(filter: Filter, keys: readonly U32Key[], classid: number): void {
    let id = FIRST;
    while (filter.rules.some((r) => r.id === id)) id++;
    filter.rules = [...filter.rules, { id, keys, classid }].sort((a, b) => a.id - b.id);
  }

  remove(filter: Filter): void {
    this.filters.splice(this.filters.indexOf(filter), 1);
    if (this.filters.length === 0) this.clear();
  }

  clear(): void {
    this.filters.length = 0;
    this.#nextTable = FIRST;
  }

  /** tcf_classify: the class of the first rule whose comparisons all hold; null = none. */
  classify(skb: Skb): number | null {
    for (const filter of this.filters) {
      if (filter.protocol !== ETH_P_ALL_FILTER && filter.protocol !== skb.protocol) continue;
      for (const rule of filter.rules) if (rule.keys.every((key) => holds(skb, key))) return rule.classid;
    }
    return null;
  }
}

/** Bytes beyond the packet make no match. */
function holds({ buf, netAt, end }: Skb, key: U32Key): boolean {
  const at = netAt + key.offset;
  return at >= 0 && at + 4 <= end && ((readU32(buf, at) ^ key.value) & key.mask) === 0;
}
