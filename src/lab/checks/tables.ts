import { type DeviceView, readSysctl, viewDevices, viewTables } from "../../os/inspect.ts";
import type { TableName } from "../../net/uapi/trace.ts";
import type { Lab, Place } from "../lab.ts";
import type { Want } from "./condition.ts";
import type { Verdict } from "./verdict.ts";

/* Predicates that read a machine's tables. Rows are read as the tools print them: "10.0.0.0/8 dev eth0 proto kernel". */

const ROUTE_TYPES = ["blackhole", "unreachable", "prohibit", "throw", "local", "broadcast"];

/** A table row, word by word. */
class Row {
  readonly text: string;
  readonly #words: readonly string[];

  constructor(text: string) {
    this.text = text;
    this.#words = text.split(/\s+/);
  }

  /** What the row is about: its first word that is not a route type. */
  get subject(): string {
    return this.#words.find((word) => !ROUTE_TYPES.includes(word)) ?? "";
  }

  /** The word behind a keyword. */
  after(keyword: string): string | undefined {
    const at = this.#words.indexOf(keyword);
    return at < 0 ? undefined : this.#words[at + 1];
  }

  /** True when every keyword that is asked for is followed by the wanted word. */
  says(wanted: Readonly<Record<string, string | undefined>>): boolean {
    return Object.entries(wanted).every(([keyword, word]) => word === undefined || this.after(keyword) === word);
  }

  has(word: string): boolean {
    return this.#words.some((w) => w.toLowerCase() === word.toLowerCase());
  }
}

function rowsAt(place: Place | undefined, table: TableName): readonly Row[] {
  const found = place === undefined ? undefined : viewTables(place.net.netns).find((t) => t.table === table);
  // A tunnel's entry with several far ends is one row of the trace, but several lines of `bridge fdb`.
  return (found?.rows ?? []).flatMap((row) => row.text.split("; ")).map((line) => new Row(line));
}

interface Question {
  readonly at: string;
  /** "route for 10.0.0.0/8". */
  readonly thing: string;
  readonly detail: string;
  /** Rows about the same subject, and those of them that are as wanted. */
  readonly near: readonly Row[];
  readonly right: readonly Row[];
}

function answer({ at, thing, detail, near, right }: Question): Verdict {
  const found = near.length === 0 ? `${at}: no ${thing}` : `${at}: ${near.map((row) => row.text).join("; ")}`;
  return { pass: right.length > 0, text: `${at} has a ${thing}${detail}`, denied: `${at} has no ${thing}${detail}`, found };
}

const words = (wanted: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(wanted).flatMap(([key, word]) => (word === undefined ? [] : [` ${key} ${word}`])).join("");

export function checkRoute(lab: Lab, want: Want<"route">): Verdict {
  const { at, dst, dev, via } = want;
  const near = rowsAt(lab.place(at), "route").filter((row) => row.subject === dst.replace(/\/32$/, ""));
  const right = near.filter((row) => row.says({ dev, via }) && (want.not_dev === undefined || !row.says({ dev: want.not_dev })));
  const detail = words({ dev, via }) + (want.not_dev === undefined ? "" : ` not over ${want.not_dev}`);
  return answer({ at, thing: `route for ${dst}`, detail, near, right });
}

export function checkNeigh(lab: Lab, want: Want<"neigh">): Verdict {
  const { at, ip, dev, mac, state } = want;
  const near = rowsAt(lab.place(at), "neigh").filter((row) => row.subject === ip && row.says({ dev }));
  const right = near.filter((row) => row.says({ lladdr: mac }) && (state === undefined || row.has(state)));
  return answer({ at, thing: `neighbour entry for ${ip}`, detail: words({ dev, lladdr: mac }) + (state === undefined ? "" : ` ${state}`), near, right });
}

export function checkFdb(lab: Lab, want: Want<"fdb">): Verdict {
  const { at, mac, dev, dst } = want;
  const near = rowsAt(lab.place(at), "fdb").filter((row) => row.subject === mac && (dev === undefined || row.says({ dev }) || row.says({ master: dev })));
  return answer({ at, thing: `forwarding entry for ${mac}`, detail: words({ dev, dst }), near, right: near.filter((row) => row.says({ dst })) });
}

export function checkAddr(lab: Lab, want: Want<"addr">): Verdict {
  const { at, ip, dev } = want;
  const near = rowsAt(lab.place(at), "addr").filter((row) => row.subject === ip || (!ip.includes("/") && row.subject.startsWith(`${ip}/`)));
  const verdict = answer({ at, thing: `address ${ip}`, detail: words({ dev }), near, right: near.filter((row) => row.says({ dev })) });
  return { ...verdict, text: verdict.text.replace(" a address", " the address") };
}

export function checkNetns(lab: Lab, { at, name }: Want<"netns">): Verdict {
  const names = lab.places().filter((p) => p.parent === at).map((p) => p.label);
  const found = names.length === 0 ? `${at}: no network namespace has a name` : `${at}: named network namespaces are ${names.join(", ")}`;
  const pass = lab.place(`${at}/${name}`) !== undefined;
  return { pass, text: `${at} has a network namespace ${name}`, denied: `${at} has no network namespace ${name}`, found };
}

function deviceAt(lab: Lab, at: string, name: string): DeviceView | undefined {
  const place = lab.place(at);
  return place === undefined ? undefined : viewDevices(place.net.netns).find((d) => d.name === name);
}

/** Aspects of a device as [name, wanted, what is]. */
function aspects(want: Want<"link">, dev: DeviceView): readonly (readonly [string, unknown, unknown])[] {
  return [
    ["up", want.up, dev.up], ["carrier", want.carrier, dev.carrier], ["kind", want.kind, dev.kind], ["master", want.master, dev.master],
    ["mac", want.mac, dev.mac], ["mtu", want.mtu, dev.mtuBytes], ["vni", want.vni, dev.vni],
  ];
}

const aspectWords = (name: string, is: unknown): string => (name === "up" ? (is === true ? "up" : "down") : `${name} ${is === null ? "none" : String(is)}`);

export function checkLink(lab: Lab, want: Want<"link">): Verdict {
  const { at, name } = want;
  const wanted = (["up", "carrier", "kind", "master", "mac", "mtu", "vni"] as const).filter((key) => want[key] !== undefined).map((key) => aspectWords(key, want[key]));
  const detail = wanted.length === 0 ? "" : `: ${wanted.join(", ")}`;
  const dev = deviceAt(lab, at, name);
  const wrong = dev === undefined ? [] : aspects(want, dev).filter(([, asked, is]) => asked !== undefined && asked !== is);
  const is = wrong.length === 0 ? "is there" : `is ${wrong.map(([aspect, , value]) => aspectWords(aspect, value)).join(", ")}`;
  const found = dev === undefined ? `${at}: there is no device ${name}` : `${at}: ${name} ${is}`;
  return { pass: dev !== undefined && wrong.length === 0, text: `${at} has a device ${name}${detail}`, denied: `${at} has no device ${name}${detail}`, found };
}

/** Packets that a device has counted; 0 when there is no such device. */
export function countOf(lab: Lab, { at, dev, dir }: Want<"counter">): number {
  const view = deviceAt(lab, at, dev);
  return view === undefined ? 0 : dir === "rx" ? view.rxPackets : view.txPackets;
}

/** `base`: the count when the step began. */
export function checkCounter(lab: Lab, want: Want<"counter">, base: number): Verdict {
  const { at, dev, min, is, delta } = want;
  const now = countOf(lab, want);
  const pass = (is === undefined || now === is) && (min === undefined || now >= min) && (delta === undefined || now - base >= delta);
  const many = is !== undefined ? `${is}` : delta !== undefined ? `${delta} more` : `at least ${min ?? 0}`;
  const verb = want.dir === "rx" ? "received" : "sent";
  const found = `${at}: ${dev} has ${verb} ${now}${delta === undefined ? "" : `, ${now - base} since this step began`}`;
  return { pass, text: `${dev} of ${at} has ${verb} ${many} packets`, denied: `${dev} of ${at} has not ${verb} ${many} packets`, found };
}

export function checkSysctl(lab: Lab, { at, key, is }: Want<"sysctl">): Verdict {
  const place = lab.place(at);
  const now = place === undefined ? null : readSysctl(place.net.netns, key);
  return { pass: now === is, text: `${key} is ${is} on ${at}`, denied: `${key} is not ${is} on ${at}`, found: now === null ? `${at}: there is no ${key}` : `${at}: ${key} is ${now}` };
}
