import type { TableInfo } from "../../protocol/snapshot.ts";
import type { TableChange, TableName } from "../../protocol/trace.ts";

/** Rows of one table by key, in the order in which they appeared. */
export type Rows = ReadonlyMap<string, string>;

/**
 * The observable tables of every place at the instant of the view. A change is applied forwards when
 * its event is shown and backwards when the view steps back over it.
 */
export class Tables {
  readonly #tables = new Map<string, Map<string, string>>();

  load(tables: readonly TableInfo[]): void {
    this.#tables.clear();
    for (const { place, table, rows } of tables) {
      this.#tables.set(keyOf(place, table), new Map(rows.map((row) => [row.key, row.text])));
    }
  }

  rows(place: string, table: TableName): Rows {
    return this.#tables.get(keyOf(place, table)) ?? new Map();
  }

  forward(change: TableChange): void { this.#put(change, change.after); }

  backward(change: TableChange): void { this.#put(change, change.before); }

  #put(change: TableChange, text: string | null): void {
    const key = keyOf(change.place, change.table);
    const rows = this.#tables.get(key) ?? new Map<string, string>();
    this.#tables.set(key, rows);
    if (text === null) rows.delete(change.key);
    else rows.set(change.key, text);
  }
}

function keyOf(place: string, table: TableName): string {
  return `${place}\n${table}`;
}
