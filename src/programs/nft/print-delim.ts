import type { Datatype } from "./datatype.ts";
import { TYPE } from "./types-base.ts";

/** Short values: five a line. */
const FIVE: ReadonlySet<number> = new Set([
  TYPE.nfproto, TYPE.integer, TYPE.arpop, TYPE.inetProtocol, TYPE.inetService, TYPE.tcpFlag, TYPE.dccpPkttype, TYPE.mark, TYPE.ifindex,
  TYPE.classid, TYPE.uid, TYPE.gid, TYPE.ctDir,
]);
const TWO: ReadonlySet<number> = new Set([TYPE.ipaddr, TYPE.ctState, TYPE.ctStatus, TYPE.pkttype]);

const perLine = (dtype: Datatype): number => (FIVE.has(dtype.id) ? 5 : TWO.has(dtype.id) ? 2 : 1);

const NEW_LINE = ",\n\t\t\t     ";

/** What stands after the `column`-th element of a line of a named set: a blank or a new line (calculate_delim). */
export const setDelimiter = (dtype: Datatype, column: number): { readonly text: string; readonly column: number } =>
  column < perLine(dtype) ? { text: ", ", column } : { text: NEW_LINE, column: 0 };
