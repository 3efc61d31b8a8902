import type { Sys } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";
import type { ConnectionCache } from "./connection.ts";
import type { OperationConfig } from "./config.ts";
import type { CookieJar } from "./cookies.ts";
import type { Debug } from "./debug.ts";
import type { Messages } from "./messages.ts";

/** What all transfers of one run share. */
export interface Session {
  readonly sys: Sys;
  readonly debug: Debug;
  readonly messages: Messages;
  readonly connections: ConnectionCache;
  /** By `name:port`; null = --resolve says there is none. Entries that were looked up grow old. */
  readonly names: Map<string, { readonly addresses: readonly Ip4[]; readonly atNs: number; readonly permanent: boolean }>;
  cookies: CookieJar | undefined;
  /** Operations whose --dump-header file was begun. */
  readonly headerFiles: Set<OperationConfig>;
}
