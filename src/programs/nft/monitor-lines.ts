import type { NftContext } from "./context.ts";
import { chainOf, elementsOf, objOf, ruleOf, setDecl } from "./delinear-decl.ts";
import { jsonChange } from "./json-change.ts";
import { jsonText } from "./json-text.ts";
import { EventCache } from "./monitor-cache.ts";
import { chainLine, objLine, setLine } from "./monitor-decl.ts";
import { printExpr, type Printing } from "./print-expr.ts";
import { printRule } from "./print-chain.ts";
import type { NftChange, NftElem, NftSetRow } from "../../net/uapi/nft.ts";

type Of<W extends NftChange["what"]> = Extract<NftChange, { what: W }>;

/** Changes as lines of `nft monitor` and of `nft -e`: `add rule ip t c accept` (netlink_events_*_cb). */
export class ChangeLines {
  readonly #ctx: NftContext;
  readonly #cache: EventCache;
  readonly #p: Printing;
  /** Start of an interval whose end has not come yet. */
  #start: NftElem | null = null;

  constructor(ctx: NftContext) {
    this.#ctx = ctx;
    this.#cache = new EventCache(ctx);
    this.#p = { flags: ctx.flags, env: ctx.types };
  }

  /** The line with its newline; "" for what nft does not show (sets without a name, halves of intervals). */
  line(change: NftChange): string {
    if (change.is === "new") this.#cache.apply(change);
    const text = this.#ctx.flags.json ? this.#json(change) : this.#text(change);
    if (change.is === "del") this.#cache.apply(change);
    return text === "" ? "" : `${text}\n`;
  }

  #text(c: NftChange): string {
    const verb = c.is === "del" ? "delete" : this.#added(c);
    switch (c.what) {
      case "table": return `${verb} table ${c.row.family} ${c.row.name}${c.row.dormant && c.is === "new" ? " { flags dormant; }" : ""}${this.#handle(c.row.handle)}`;
      case "chain": return this.#chain(c, verb);
      case "rule": return this.#rule(c);
      case "set": return this.#set(c, verb);
      case "elem": return this.#elem(c, verb);
      case "obj": return c.is === "new" ? `${verb} ${objLine(objOf(c.row), this.#p)}` : `delete ${c.row.obj.type} ${c.row.family} ${c.row.table} ${c.row.name}`;
      case "flowtable": return "";
      case "gen": return `# new generation ${c.genid} by process ${c.pid} (${c.comm})`;
    }
  }

  /** With -j: an object a line. */
  #json(c: NftChange): string {
    const elems = c.what !== "elem" ? null : c.set.flags.interval === true ? this.#interval(c.elem) : [c.elem];
    const item = jsonChange(this.#ctx, c, elems);
    return item === null ? "" : jsonText(item);
  }

  #added(c: NftChange): string {
    return c.excl === true ? "create" : "add";
  }

  #handle(id: number): string {
    return this.#ctx.flags.handle ? ` # handle ${id}` : "";
  }

  #chain(c: Of<"chain">, verb: string): string {
    const { family, table, name } = c.row;
    return c.is === "new" ? `${verb} ${chainLine(chainOf(c.row), this.#p)}` : `delete chain ${family} ${table} ${name}`;
  }

  #rule(c: Of<"rule">): string {
    const where = `rule ${c.row.family} ${c.row.table} ${c.row.chain}`;
    if (c.is === "del") return `delete ${where} handle ${c.row.handle}`;
    const after = c.after === 0 ? "" : ` handle ${c.after}`;
    return `${c.insert ? "insert" : "add"} ${where}${after} ${printRule(ruleOf(this.#ctx, c.row), this.#p)}`;
  }

  #set(c: Of<"set">, verb: string): string {
    const { row } = c;
    if (c.is === "del") return `delete set ${row.family} ${row.table} ${row.name}`;
    return row.flags.anonymous === true ? "" : `${verb} ${setLine(setDecl(row), this.#p)}`;
  }

  #elem(c: Of<"elem">, verb: string): string {
    const { set, elem } = c;
    if (set.flags.anonymous === true) return "";
    const elems = set.flags.interval === true ? this.#interval(elem) : [elem];
    return elems === null ? "" : `${verb} element ${set.family} ${set.table} ${set.name} ${this.#elements(set, elems)}`;
  }

  /** Intervals come as a start and an end: one line for both. Ranges of concatenations have no end, so nft shows none of them. */
  #interval(elem: NftElem): NftElem[] | null {
    if (elem.catchall === true) return [elem];
    if (elem.intervalEnd === true) {
      const start = this.#start;
      this.#start = null;
      return start === null ? null : [start, elem];
    }
    if (elem.userdata?.["intervalOpen"] === true) return [elem];
    this.#start = elem;
    return null;
  }

  #elements(row: NftSetRow, elems: readonly NftElem[]): string {
    const set = elementsOf(setDecl(row), elems);
    return `{ ${set.exprs.map((e) => printExpr(e, this.#p)).join(", ")} }`;
  }
}
