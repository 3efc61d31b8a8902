import type { FlowtableDecl, Handle } from "./ast-cmd.ts";
import { commonLine } from "./parse-define.ts";
import { blockOf, deviceList, prioSpec, type Within } from "./parse-chain.ts";
import { separator } from "./parse-rule.ts";
import type { Parser } from "./parser.ts";

/** Flowtables: `{ hook ingress priority 0; devices = { eth0 }; }`. */

export const emptyFlowtable = (handle: Handle, p: Parser): FlowtableDecl =>
  ({ loc: p.last, handle, hook: null, priority: null, dev: null, devices: [], offload: false, counter: false, row: null });

export function flowtableBlock(p: Parser, handle: Handle, within: Within): FlowtableDecl {
  const flowtable = emptyFlowtable(handle, p);
  blockOf(p, flowtable, within, (q) => flowtableLine(q, flowtable));
  return flowtable;
}

function flowtableLine(p: Parser, flowtable: FlowtableDecl): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  if (p.accept("counter")) {
    p.close("counter");
    flowtable.counter = true;
    return;
  }
  if (p.accept("hook")) hook(p, flowtable);
  else if (p.accept("devices")) devices(p, flowtable);
  else if (p.accept("flags")) offload(p, flowtable);
  else p.fail();
  separator(p);
}

function hook(p: Parser, flowtable: FlowtableDecl): void {
  const { text, loc } = p.expect("string");
  if (text !== "ingress") p.error("unknown chain hook", loc);
  flowtable.hook = { name: text, loc };
  flowtable.priority = prioSpec(p);
}

function devices(p: Parser, flowtable: FlowtableDecl): void {
  p.expect("'='");
  flowtable.dev = deviceList(p);
}

function offload(p: Parser, flowtable: FlowtableDecl): void {
  p.expect("offload");
  flowtable.offload = true;
}
