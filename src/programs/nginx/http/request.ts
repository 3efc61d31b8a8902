import type { BodyReader } from "../../../http/body.ts";
import type { AddrConf } from "../listening.ts";
import type { HttpConf, LocConf, LocValues, SrvConf } from "../conf/model.ts";
import type { Conn } from "./conn.ts";
import type { Field } from "./parse.ts";
import { extensionOf } from "./uri.ts";

/** One attempt to get an answer from an upstream server: what `$upstream_…` tell. Times in ms, NaN = not known. */
export interface UpstreamState {
  readonly peer: string;
  status: number;
  responseMs: number;
  connectMs: number;
  headerMs: number;
  responseBytes: number;
  bytesSent: number;
  bytesReceived: number;
}

export interface HeadersOut {
  status: number;
  /** From an upstream: status and reason as it said them. */
  statusLine: string | undefined;
  contentType: string | undefined;
  /** Bytes; -1 = not known. */
  contentLength: number;
  lastModifiedSec: number | undefined;
  lastModifiedText: string | undefined;
  location: string | undefined;
  /** An upstream's own are passed on: ours stay out. */
  noServer: boolean;
  noDate: boolean;
  etag: string | undefined;
  acceptRanges: boolean;
  contentRange: string | undefined;
  /** Others, in order. */
  list: [name: string, value: string][];
}

const newHeaders = (): HeadersOut => ({
  status: 0, statusLine: undefined, contentType: undefined, contentLength: -1, lastModifiedSec: undefined, lastModifiedText: undefined,
  location: undefined, noServer: false, noDate: false, etag: undefined, acceptRanges: false, contentRange: undefined, list: [],
});

export const MAX_URI_CHANGES = 10;

/** A request on its way (ngx_http_request_t). Strings have one character a byte. */
export class Request {
  readonly http: HttpConf;
  readonly addr: AddrConf;
  readonly conn: Conn;
  /** Number of the connection in this worker's log. */
  readonly connection: number;
  /** Its place among the requests of the connection, from 1. */
  readonly number: number;
  readonly startNs: number;
  readonly startSec: number;
  srv: SrvConf;
  loc: LocConf;
  requestLine = "";
  method = "";
  /** 9, 10, 11 */
  version = 10;
  unparsedUri = "";
  uri = "";
  args = "";
  fields: readonly Field[] = [];
  /** Name asked for, lower case, without port. */
  host: string | undefined;
  requestLength = 0;
  contentLength = -1;
  chunked = false;
  body: Uint8Array | undefined;
  bodyTaken = false;
  /** What is left of a body that nobody wants. */
  discarding: BodyReader | undefined;
  expectTested = false;
  keepalive = false;
  internal = false;
  /** The URI came from the request and the location was found by it (proxy_pass replaces its beginning). */
  validLocation = true;
  uriChanged = false;
  /** The URI is still the one that came: it may be passed on as it was written. */
  validUnparsedUri = true;
  /** The answer ends the connection, whatever its head says. */
  closeAfter = false;
  /** It followed the one before without a pause. */
  pipelined = false;
  uriChanges = MAX_URI_CHANGES + 1;
  /** Status that an error page answers for. */
  errStatus = 0;
  errorPage = false;
  handler: LocConf["handler"];
  out = newHeaders();
  headerSent = false;
  headerBytes = 0;
  /** Bytes sent of this response, head included. */
  sentBytes = 0;
  headerOnly = false;
  complete = false;
  captures: readonly (string | undefined)[] = [];
  readonly vars = new Map<string, string | undefined>();
  readonly upstreams: UpstreamState[] = [];
  upstreamHeaders: readonly Field[] = [];
  upstreamHost = "";
  upstreamPort = "";
  user: string | undefined;
  limitReqDone = false;
  limitReqStatus: string | undefined;
  limitConnStatus: string | undefined;
  /** Zones and keys this request counts in. */
  readonly counted: [zone: string, key: string][] = [];
  /** After the end: closes without a lingering wait. */
  dropped = false;

  constructor(http: HttpConf, addr: AddrConf, conn: Conn, connection: number, number: number, startNs: number, startSec: number) {
    this.http = http;
    this.addr = addr;
    this.conn = conn;
    this.connection = connection;
    this.number = number;
    this.startNs = startNs;
    this.startSec = startSec;
    this.srv = addr.defaultServer;
    this.loc = addr.defaultServer.loc;
  }

  get v(): LocValues {
    return this.loc.v;
  }

  get exten(): string {
    return extensionOf(this.uri);
  }

  /** First value of a field. */
  field(lower: string): string | undefined {
    return this.fields.find((f) => f.lower === lower)?.value;
  }

  resetHeaders(): void {
    this.out = newHeaders();
  }
}

/** What the end of a step means: a status to answer with, or that all was said. */
export type Outcome = number | "done" | "declined";
