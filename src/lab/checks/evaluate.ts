import { captureDevices, listeningPorts } from "../../os/inspect.ts";
import type { Process } from "../../os/process.ts";
import { TreeFile } from "../../os/tree.ts";
import { findPlace } from "../../os/vfs.ts";
import { fromUtf8 } from "../../wire/text.ts";
import type { Lab } from "../lab.ts";
import type { Condition, Predicate, Want } from "./condition.ts";
import { type History, isHistoric } from "./history.ts";
import { checkHistory } from "./history-words.ts";
import { checkNft } from "./ruleset.ts";
import { checkAddr, checkCounter, checkFdb, checkLink, checkNeigh, checkNetns, checkRoute, checkSysctl } from "./tables.ts";
import type { Verdict } from "./verdict.ts";

/** What conditions are judged against. */
export interface Scope {
  readonly lab: Lab;
  readonly history: History;
  /** Answers given in this step, by ask. */
  readonly answers: ReadonlyMap<string, string>;
  /** Counters when the step began. */
  readonly bases: ReadonlyMap<Predicate, number>;
}

/** Judges a condition now. Changes nothing. */
export function evaluate(condition: Condition, scope: Scope): Verdict {
  if (condition.is === "all") return all(condition.of.map((c) => evaluate(c, scope)));
  if (condition.is === "any") return any(condition.of.map((c) => evaluate(c, scope)));
  if (condition.is !== "not") return judge(condition, scope);
  const { pass, text, denied, found } = evaluate(condition.of, scope);
  return { pass: !pass, text: denied, denied: text, found };
}

function all(of: readonly Verdict[]): Verdict {
  const pass = of.every((v) => v.pass);
  return { pass, text: of.map((v) => v.text).join("; and "), denied: of.map((v) => v.denied).join("; or "), found: founds(of.filter((v) => pass || !v.pass)) };
}

function any(of: readonly Verdict[]): Verdict {
  const pass = of.some((v) => v.pass);
  return { pass, text: of.map((v) => v.text).join("; or "), denied: of.map((v) => v.denied).join("; and "), found: founds(of.filter((v) => v.pass === pass)) };
}

const founds = (of: readonly Verdict[]): string => [...new Set(of.map((v) => v.found))].join(". ");

function judge(predicate: Predicate, scope: Scope): Verdict {
  const { lab } = scope;
  if (isHistoric(predicate)) return checkHistory(lab, predicate, scope.history.tallyOf(predicate));
  switch (predicate.is) {
    case "answered": return checkAnswered(predicate.want, scope.answers);
    case "proc": return checkProc(lab, predicate.want);
    case "netns": return checkNetns(lab, predicate.want);
    case "link": return checkLink(lab, predicate.want);
    case "addr": return checkAddr(lab, predicate.want);
    case "route": return checkRoute(lab, predicate.want);
    case "neigh": return checkNeigh(lab, predicate.want);
    case "fdb": return checkFdb(lab, predicate.want);
    case "sysctl": return checkSysctl(lab, predicate.want);
    case "counter": return checkCounter(lab, predicate.want, scope.bases.get(predicate) ?? 0);
    case "nft": return checkNft(lab, predicate.want, scope.bases.get(predicate) ?? 0);
    case "listen": return checkListen(lab, predicate.want);
    case "file": return checkFile(lab, predicate.want);
  }
}

function checkAnswered(ask: string, answers: ReadonlyMap<string, string>): Verdict {
  return { pass: answers.has(ask), text: "You have made your prediction", denied: "You have made no prediction", found: answers.has(ask) ? "It is made" : "No answer yet" };
}

function processesAt(lab: Lab, at: string): readonly Process[] {
  const netns = lab.place(at)?.net.netns;
  return netns === undefined ? [] : lab.kernel.processes.filter((p) => p.alive && p.ns.net.netns === netns);
}

function checkProc(lab: Lab, want: Want<"proc">): Verdict {
  const { at, name, dev } = want;
  const named = processesAt(lab, at).filter((p) => name === undefined || p.comm === name);
  if (dev !== undefined) return checkCapturing(at, dev, name ?? "", named);
  const found = named.length === 0 ? `${at}: no ${name} is running` : `${at}: ${name} is running`;
  return { pass: named.length > 0, text: `${name} runs on ${at}`, denied: `No ${name} runs on ${at}`, found };
}

function checkCapturing(at: string, dev: string, name: string, processes: readonly Process[]): Verdict {
  const captures = processes.flatMap((p) => captureDevices(p).map((on) => ({ comm: p.comm, on })));
  const right = captures.find((c) => c.on === dev || c.on === "any");
  const found = right !== undefined ? `${right.comm} captures on ${right.on}`
    : captures.length === 0 ? `no ${name === "" ? "capture" : name} is running`
    : `${captures.map((c) => `${c.comm} captures on ${c.on}`).join(", ")}, not on ${dev}`;
  return { pass: right !== undefined, text: `A capture runs on ${dev} of ${at}`, denied: `No capture runs on ${dev} of ${at}`, found: `${at}: ${found}` };
}

function checkListen(lab: Lab, { at, port, proto = "tcp" }: Want<"listen">): Verdict {
  const netns = lab.place(at)?.net.netns;
  const open = netns === undefined ? [] : listeningPorts(netns, proto);
  const found = open.length === 0 ? `${at}: nobody listens on any ${proto.toUpperCase()} port` : `${at}: ${proto.toUpperCase()} ports listened on are ${open.join(", ")}`;
  const what = `on ${proto.toUpperCase()} port ${port} of ${at}`;
  return { pass: open.includes(port), text: `A program listens ${what}`, denied: `No program listens ${what}`, found };
}

function checkFile(lab: Lab, { at, path, has }: Want<"file">): Verdict {
  const place = lab.place(at);
  const ns = { ...lab.kernel.rootNs, ...lab.nodes.get(place?.node ?? "")?.ns };
  const node = findPlace(lab.kernel.context(ns), path);
  const file = typeof node !== "string" && node.inode instanceof TreeFile ? fromUtf8(node.inode.content) : null;
  const detail = has === undefined ? "" : ` that has "${has}"`;
  const found = file === null ? `${at}: there is no file ${path}` : has === undefined || file.includes(has) ? `${at}: ${path} is there` : `${at}: ${path} does not have "${has}"`;
  return { pass: file !== null && (has === undefined || file.includes(has)), text: `${at} has a file ${path}${detail}`, denied: `${at} has no file ${path}${detail}`, found };
}
