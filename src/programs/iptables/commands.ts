import type { IptRule } from "./rule.ts";

/** What a command line, or a line of iptables-restore, asks for. `line`: where it stood, 0 on a command line. */
export type Command = { readonly table: string; readonly line: number } & (
  | { readonly do: "append"; readonly chain: string; readonly rule: IptRule; readonly verbose: boolean }
  /** `at` 0 = first. */
  | { readonly do: "insert"; readonly chain: string; readonly rule: IptRule; readonly at: number; readonly verbose: boolean }
  | { readonly do: "replace"; readonly chain: string; readonly rule: IptRule; readonly at: number; readonly verbose: boolean }
  | { readonly do: "delete" | "check"; readonly chain: string; readonly rule: IptRule; readonly verbose: boolean }
  | { readonly do: "delete-num"; readonly chain: string; readonly at: number }
  | { readonly do: "flush" | "zero" | "delete-chain"; readonly chain?: string; readonly verbose: boolean }
  | { readonly do: "zero-num"; readonly chain: string; readonly at: number }
  | { readonly do: "list"; readonly chain?: string; /** 0 = all. */ readonly num: number; readonly format: ListFormat }
  | { readonly do: "list-rules"; readonly chain?: string; readonly num: number; readonly counters: boolean }
  | { readonly do: "new-chain"; readonly chain: string }
  | { readonly do: "rename"; readonly chain: string; readonly to: string }
  | { readonly do: "policy"; readonly chain: string; readonly policy: string; readonly packets: number; readonly bytes: number }
  /** iptables-restore: `*table` without --noflush, and `:CHAIN -`. */
  | { readonly do: "flush-table"; readonly verbose: boolean }
  | { readonly do: "restore-chain"; readonly chain: string }
);

/** How `-L` looks. */
export interface ListFormat {
  readonly verbose: boolean;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}
