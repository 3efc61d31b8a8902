import type { Netns } from "../../core/netns.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { NftAttr, NftChange } from "../../uapi/nft.ts";
import type { NftList } from "./list.ts";
import type { NftChain, NftNet, NftRule, NftSet, NftTable } from "./model.ts";

/** Why the kernel refuses a message, and the attribute it points at (NL_SET_BAD_ATTR). */
export interface Refusal {
  readonly error: Errno;
  readonly attr: NftAttr | null;
  readonly elemAt?: number;
}
export const refuse = (error: Errno, attr: NftAttr | null = null): Refusal => ({ error, attr });
export const isRefusal = (r: object): r is Refusal => "error" in r;

/** What a transaction changes in the tables that learners see: one row each. */
export interface RowChange {
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * One batch under way. Messages take effect at once, as later messages of the batch see them; each change leaves
 * behind how to undo it and what is left to do when the batch commits. No packet passes meanwhile.
 */
export class Transaction {
  readonly ns: Netns;
  readonly net: NftNet;
  /** Second attempt of a batch that failed its final check: each rule is checked as it comes (NFT_VALIDATE_DO). */
  readonly validateNow: boolean;
  /** Tables with new rules or elements that may jump (NFT_VALIDATE_NEED). */
  readonly toValidate = new Set<NftTable>();
  /** Tables that fell asleep or woke in this batch. */
  readonly flipped = new Set<NftTable>();
  /** Tables with a chain that was updated, or a base chain that was deleted (nft_table_pending_update). */
  readonly rehooked = new Set<NftTable>();
  /** Names that chains get when this batch commits. */
  readonly renames = new Map<NftTable, Set<string>>();
  readonly chainIds = new Map<number, NftChain>();
  readonly setIds = new Map<number, NftSet>();
  readonly ruleIds = new Map<number, NftRule>();
  readonly #drafts = new Map<NftChain, NftRule[]>();
  /** The message under way asks for something new (NLM_F_EXCL). */
  excl = false;
  readonly #undo: (() => void)[] = [];
  readonly #commit: (() => void)[] = [];
  readonly #changes: (() => NftChange)[] = [];
  readonly #rows: (() => RowChange)[] = [];

  constructor(ns: Netns, validateNow: boolean) {
    this.ns = ns;
    this.net = ns.nf.nft;
    this.validateNow = validateNow;
  }

  onUndo(undo: () => void): void {
    this.#undo.push(undo);
  }

  onCommit(finish: () => void): void {
    this.#commit.push(finish);
  }

  /** What listeners will hear, as it is when the batch commits. */
  tell(change: () => NftChange): void {
    const { excl } = this;
    this.#changes.push(excl ? () => ({ ...change(), excl }) : change);
  }

  /** What the trace will say. */
  row(change: () => RowChange): void {
    if (this.ns.world.trace !== null) this.#rows.push(change);
  }

  add<T>(list: NftList<T>, item: T): void {
    list.add(item);
    this.onUndo(() => list.bury(item));
  }

  remove<T>(list: NftList<T>, item: T): void {
    list.kill(item);
    this.onUndo(() => list.revive(item));
    this.onCommit(() => list.bury(item));
  }

  /** Sets a field for this batch, back on rollback. */
  set<T extends object, K extends keyof T>(holder: T, field: K, value: T[K]): void {
    const old = holder[field];
    holder[field] = value;
    this.onUndo(() => {
      holder[field] = old;
    });
  }

  /** The chain's rules to change in place: a copy, so that an evaluation that sent a packet keeps its own list. */
  draft(chain: NftChain): NftRule[] {
    const known = this.#drafts.get(chain);
    if (known !== undefined && chain.rules === known) return known;
    const draft = [...chain.rules];
    this.#drafts.set(chain, draft);
    this.set(chain, "rules", draft);
    return draft;
  }

  /** Has anything to commit. */
  get changed(): boolean {
    return this.#changes.length > 0;
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
  }

  /** Everything is final from here. What listeners would hear is only made up when somebody listens. */
  commit(heard: boolean): { readonly changes: readonly NftChange[]; readonly rows: readonly RowChange[] } {
    const done = { changes: heard ? this.#changes.map((change) => change()) : [], rows: this.#rows.map((row) => row()) };
    for (const finish of this.#commit) finish();
    return done;
  }
}
