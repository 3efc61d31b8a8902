import type { Script } from "./conf/script.ts";

/** One client's bucket: `excess` is in thousandths of a request (ngx_http_limit_req_node_t). */
export interface ReqNode {
  excess: number;
  lastMs: number;
  count: number;
}

/** Shared memory that limit_req_zone and limit_conn_zone name. It lives through reloads; all workers see it. */
export interface Zone {
  readonly name: string;
  readonly kind: "req" | "conn";
  readonly key: Script;
  readonly sizeBytes: number;
  /** Thousandths of requests a second. */
  readonly rate: number;
  readonly nodes: Map<string, ReqNode>;
  readonly connections: Map<string, number>;
}
