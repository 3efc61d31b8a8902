/**
 * The page's door to the trace vocabulary: `ui` may import only `protocol`, and what an event is
 * called is the one thing that engine and page must agree on.
 */
export { DROP_REASONS, TRACE_KINDS } from "../net/uapi/trace.ts";
export type { Decision, DropReason, Loser, NatChange, TableChange, TableName, TraceEvent, TcpEnd, TraceKind } from "../net/uapi/trace.ts";
