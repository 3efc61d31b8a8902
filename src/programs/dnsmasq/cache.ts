/** Answers of upstream servers, kept for as long as their TTL says: addresses, aliases and reverse names. */
import { readName } from "../../wire/dns-name.ts";
import { TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_PTR, type DnsRecord } from "../../wire/dns.ts";

const KEPT: readonly number[] = [TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_PTR];

interface Kept {
  readonly records: readonly DnsRecord[];
  readonly untilNs: number;
}

export class Cache {
  readonly #size: number;
  readonly #sets = new Map<string, Kept>();

  constructor(size: number) {
    this.#size = size;
  }

  clear(): void {
    this.#sets.clear();
  }

  /** Keeps the records of an answer section by owner and type; the oldest make room. */
  keep(records: readonly DnsRecord[], nowNs: number): void {
    const fresh = new Map<string, DnsRecord[]>();
    for (const r of records) if (KEPT.includes(r.type) && r.ttl > 0) fresh.set(keyOf(r.name, r.type), [...(fresh.get(keyOf(r.name, r.type)) ?? []), r]);
    for (const [key, set] of fresh) {
      this.#sets.delete(key);
      this.#sets.set(key, { records: set, untilNs: nowNs + Math.min(...set.map((r) => r.ttl)) * 1e9 });
    }
    for (const key of this.#sets.keys()) if (this.#sets.size > this.#size) this.#sets.delete(key);
  }

  /** What is known of a name, aliases followed, with the seconds that are left; null = nothing complete. */
  lookUp(name: string, type: number, nowNs: number): DnsRecord[] | null {
    const chain: DnsRecord[] = [];
    for (let at = name, hops = 0; hops < 16; hops++) {
      const found = this.#live(at, type, nowNs);
      if (found !== null) return [...chain, ...found];
      const alias = type === TYPE_CNAME ? null : this.#live(at, TYPE_CNAME, nowNs);
      const target = alias?.[0];
      if (target === undefined) return null;
      chain.push(target);
      at = targetOf(target);
    }
    return null;
  }

  #live(name: string, type: number, nowNs: number): DnsRecord[] | null {
    const kept = this.#sets.get(keyOf(name, type));
    if (kept === undefined || kept.untilNs <= nowNs) return null;
    return kept.records.map((r) => ({ ...r, ttl: Math.ceil((kept.untilNs - nowNs) / 1e9) }));
  }
}

const keyOf = (name: string, type: number): string => `${type} ${name.toLowerCase()}`;

/** The name that a record of one name points at. */
export function targetOf(record: DnsRecord): string {
  const name = readName(record.data, 0);
  return name?.text ?? ".";
}
