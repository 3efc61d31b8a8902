/** The ten columns of `ss`, in its order. "ext" carries everything after the addresses, under the title Process. */
export const COLUMNS = ["netid", "state", "recvq", "sendq", "addr", "serv", "raddr", "rserv", "ext", "proc"] as const;
export type ColumnId = (typeof COLUMNS)[number];

interface Column {
  readonly title: string;
  readonly right: boolean;
  /** What stands before a field that is not the first. */
  readonly before: string;
}

const left = (title: string, before = " "): Column => ({ title, right: false, before });
const right = (title: string): Column => ({ title, right: true, before: " " });

const DEFINED: Readonly<Record<ColumnId, Column>> = {
  netid: left("Netid", ""), state: left("State"), recvq: left("Recv-Q"), sendq: left("Send-Q"), addr: right("Local Address:"), serv: left("Port", ""),
  raddr: right("Peer Address:"), rserv: left("Port", ""), ext: left("Process", ""), proc: left("", ""),
};

export type Row = Readonly<Record<ColumnId, string>>;

/** The line of titles. */
export const TITLES: Row = Object.fromEntries(COLUMNS.map((id) => [id, DEFINED[id].title])) as Row;

/**
 * Lays rows out as `ss` does: each column as wide as its longest field; on a terminal of `screen` columns the
 * spare room is shared out, and what does not fit goes to a line of its own.
 */
export function layOut(rows: readonly Row[], hidden: ReadonlySet<ColumnId>, screen: number | null): string {
  const shown = COLUMNS.filter((id) => !hidden.has(id));
  const widths = new Map(shown.map((id) => [id, longest(rows, id)]));
  addDelimiters(shown, widths, screen);
  if (screen !== null) shareOut(shown, widths, screen);
  return rows.map((row) => lineOf(shown, widths, row)).join("");
}

/** The last field of the last row is measured by nobody: the tool has not closed it when it lays out. */
function longest(rows: readonly Row[], id: ColumnId): number {
  const measured = id === "ext" && rows.length > 1 ? rows.slice(0, -1) : rows;
  return Math.max(0, ...measured.map((row) => row[id].length));
}

function addDelimiters(shown: readonly ColumnId[], widths: Map<ColumnId, number>, screen: number | null): void {
  let first = true;
  for (const id of shown) {
    const content = widths.get(id) ?? 0;
    const width = Math.min(!first && content > 0 ? content + DEFINED[id].before.length : content, screen ?? Infinity);
    widths.set(id, width);
    if (width > 0) first = false;
  }
}

function shareOut(shown: readonly ColumnId[], widths: Map<ColumnId, number>, screen: number): void {
  const used = shown.filter((id) => (widths.get(id) ?? 0) > 0);
  for (let from = 0; from < used.length; ) {
    const group = thatFit(used.slice(from), widths, screen);
    widen(group, widths, screen);
    from += group.length;
  }
}

function thatFit(ids: readonly ColumnId[], widths: ReadonlyMap<ColumnId, number>, screen: number): readonly ColumnId[] {
  let length = 0;
  const over = ids.findIndex((id) => (length += widths.get(id) ?? 0) > screen);
  return over < 0 ? ids : ids.slice(0, Math.max(1, over));
}

/** Columns of the right get what cannot be divided. */
function widen(group: readonly ColumnId[], widths: Map<ColumnId, number>, screen: number): void {
  const spare = screen - group.reduce((sum, id) => sum + (widths.get(id) ?? 0), 0);
  const each = Math.floor(spare / group.length);
  let rest = spare % group.length;
  for (const id of [...group].reverse()) widths.set(id, (widths.get(id) ?? 0) + each + (rest-- > 0 ? 1 : 0));
}

function lineOf(shown: readonly ColumnId[], widths: ReadonlyMap<ColumnId, number>, row: Row): string {
  let line = "";
  let started = false;
  for (const id of shown) {
    const width = widths.get(id) ?? 0;
    if (!started && width === 0) continue;
    const column = DEFINED[id];
    const before = started ? column.before : "";
    line += column.right ? before + row[id].padStart(width - before.length) : (before + row[id]).padEnd(width);
    started = true;
  }
  return `${line}\n`;
}
