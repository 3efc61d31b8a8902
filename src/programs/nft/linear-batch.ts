import type { ChainDecl, Cmd, Handle, RuleDecl, SetDecl } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import type { LinearCtx } from "./linear-ctx.ts";
import { elementsOf, setMsg } from "./linear-set.ts";
import { genStmt } from "./linear-stmt.ts";
import type { Loc } from "./loc.ts";
import type { NftAttr, NftMsg } from "../../net/uapi/nft.ts";
import type { NftExpr } from "../../net/uapi/nft-expr.ts";

/** Where the parts of a message were written. */
export interface Place {
  readonly cmd: Cmd;
  readonly attrs: Partial<Record<NftAttr, Loc | null>>;
  /** Of each instruction of a rule. */
  readonly exprs: readonly Loc[];
  /** Of each element. */
  readonly elems: readonly Loc[];
  /** About a set without a name. */
  readonly nameless: boolean;
}

/** A rule of the kernel, or one that this batch makes. */
export type RuleSpot = { readonly handle: number } | { readonly ruleId: number };

/** One transaction under construction: messages in order, and the place of each. */
export class Batch {
  readonly msgs: NftMsg[] = [];
  readonly places: Place[] = [];
  readonly nft: NftContext;
  /** Interval sets that have elements, here or in the kernel: they have their end at 0. */
  readonly #filled = new Set<string>();
  readonly #ids = new Map<object, number>();
  readonly #sent = new Set<object>();
  readonly #rules = new Map<string, RuleSpot[]>();
  #nextId = 1;
  /** A command could not be put into words for the kernel; its error is in the context. */
  failed = false;

  constructor(nft: NftContext) {
    this.nft = nft;
    for (const table of nft.cache.tables) for (const name of table.filled ?? []) this.#filled.add(`${table.family} ${table.name} ${name}`);
  }

  push(cmd: Cmd, msg: NftMsg, attrs: Place["attrs"] = {}, exprs: readonly Loc[] = [], elems: readonly Loc[] = []): void {
    this.msgs.push(msg);
    this.places.push({ cmd, attrs, exprs, elems, nameless: "set" in msg ? "setId" in msg : "id" in msg });
  }

  fail(text: string, at: Loc): void {
    this.failed = true;
    this.nft.diags.push({ level: "Error", text, at: [at] });
  }

  /** True once for each declaration. */
  once(decl: object): boolean {
    if (this.#sent.has(decl)) return false;
    this.#sent.add(decl);
    return true;
  }

  #idOf(decl: object): number {
    const known = this.#ids.get(decl);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    this.#ids.set(decl, id);
    return id;
  }

  /** A set and, in a message of their own, its elements; `create` makes the set alone. */
  addSet(cmd: Cmd, set: SetDecl, excl: boolean): void {
    if (!this.once(set)) return;
    const id = set.anonymous ? this.#idOf(set) : undefined;
    const init = set.init?.kind === "set" ? set.init : null;
    const first = this.#needsFirst(set);
    const elements = init === null ? null : elementsOf(set, init, true, first);
    const { flags, types } = this.nft;
    this.push(cmd, setMsg(set, excl, id, flags, types, elements?.elems.length ?? 0), { table: set.handle.table?.loc ?? null, name: set.anonymous ? null : (set.handle.set?.loc ?? null) });
    const { family, table, set: named } = set.handle;
    const gone = init?.purge === undefined || init.purge.length === 0 ? null : elementsOf(set, { ...init, exprs: init.purge }, false, false);
    if (gone !== null) this.push(cmd, { op: "elem.del", family, table: table?.name ?? "", set: named?.name ?? "", elems: gone.elems }, { table: table?.loc ?? null }, [], gone.locs);
    if (elements === null || elements.elems.length === 0 || excl) return;
    this.push(
      cmd, { op: "elem.new", nlm: { create: true, excl }, family, table: table?.name ?? "", set: named?.name ?? "", ...(id === undefined ? {} : { setId: id }), elems: elements.elems },
      { table: (set.anonymous ? init?.loc : table?.loc) ?? null, set: set.anonymous ? null : set.loc }, [], elements.locs,
    );
  }

  /** The rules of a chain as they will be when the messages so far have been done. */
  rulesOf(h: Handle): RuleSpot[] {
    const key = `${h.family} ${h.table?.name ?? ""} ${h.chain?.name ?? ""}`;
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const cached = this.nft.cache.table(h.family, h.table?.name ?? "")?.rules.get(h.chain?.name ?? "") ?? [];
    // Evaluation has put the new rules among them by now: those have no handle yet.
    const spots = cached.flatMap((rule) => (rule.handle.handle === null ? [] : [{ handle: rule.handle.handle.id }]));
    this.#rules.set(key, spots);
    return spots;
  }

  newRuleId(): number {
    return this.#nextId++;
  }

  /** Is this the first time that elements go into the set? */
  needsFirst(set: SetDecl): boolean {
    return this.#needsFirst(set);
  }

  #needsFirst(set: SetDecl): boolean {
    if (set.anonymous) return true;
    const key = `${set.handle.family} ${set.handle.table?.name ?? ""} ${set.handle.set?.name ?? ""}`;
    if (this.#filled.has(key)) return false;
    this.#filled.add(key);
    return true;
  }

  /** A rule's instructions; sets and chains that live in it go before it. */
  linearize(cmd: Cmd, rule: RuleDecl): { readonly exprs: readonly NftExpr[]; readonly locs: readonly Loc[] } {
    const ctx: LinearCtx = {
      exprs: [], locs: [], free: 0, loc: rule.loc,
      block: (chain) => this.#block(cmd, rule, chain),
      setId: (set) => this.#setId(cmd, set),
    };
    for (const stmt of rule.stmts) genStmt(ctx, stmt);
    return ctx;
  }

  #setId(cmd: Cmd, set: SetDecl): number | undefined {
    if (!set.anonymous) return undefined;
    // A set that the kernel already knows by name is no part of this batch.
    if (set.handle.handle !== null) return undefined;
    this.addSet(cmd, set, false);
    return this.#idOf(set);
  }

  /** `jump { … }`: a chain without a name, with its rules. */
  #block(cmd: Cmd, rule: RuleDecl, chain: ChainDecl): number {
    const id = this.#idOf(chain);
    if (!this.once(chain)) return id;
    const { family } = rule.handle;
    const table = rule.handle.table?.name ?? "";
    this.push(cmd, { op: "chain.new", nlm: { create: true, excl: false }, family, table, chainId: id, binding: true });
    for (const inner of chain.rules) {
      const handle = { ...inner.handle, family, table: rule.handle.table };
      const { exprs, locs } = this.linearize(cmd, { ...inner, handle });
      this.push(cmd, { op: "rule.new", nlm: { create: true, excl: false }, family, table, chain: "", chainId: id, exprs, how: "append", userdata: commentData(inner.comment) }, {}, locs);
    }
    return id;
  }
}

export const commentData = (comment: string | null): { readonly comment: string } | null => (comment === null ? null : { comment });
