import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readCapture } from "../../../wire/pcap-reader.ts";
import { filterNames } from "../names.ts";
import { compileFilter } from "./compile.ts";

const ROOT = new URL("../../../../../shared/conformance/filters/", import.meta.url);
const here = existsSync(ROOT);

interface Recorded {
  readonly expr: string;
  readonly tier: string;
  readonly real: "ok" | "fail";
  readonly stderr?: string;
  readonly matches: readonly number[] | null;
}

/** Share of expressions that must be refused with libpcap's words, or pass exactly the same frames. */
const FLOOR = 1;

describe.skipIf(!here)("filters of libpcap's own tests on public frames", () => {
  const read = (name: string): Buffer => readFileSync(new URL(name, ROOT));
  it("each passes the frames that libpcap 1.10.3 passes, or fails with its words", () => {
    const capture = readCapture(read("frames.pcap"))!;
    const recorded: Recorded[] = read("filter-corpus.jsonl").toString().trim().split("\n").map((line) => JSON.parse(line));
    const context = { linkType: capture.header.linkType, names: filterNames("127.0.0.1 localhost"), netmask: 0, live: false };
    const answer = (expr: string): string => {
      const filter = compileFilter(expr, context);
      if (filter.is === "error") return `tcpdump: ${filter.why}`;
      return JSON.stringify(capture.packets.flatMap((p, i) => (filter.matches(p.bytes, p.wireLength) ? [i] : [])));
    };
    const wrong = recorded.filter((r) => answer(r.expr) !== (r.real === "fail" ? r.stderr : JSON.stringify(r.matches)));
    console.log(`filters: ${recorded.length - wrong.length} of ${recorded.length} exact`);
    const sample = wrong.slice(0, 10).map((r) => `${r.expr}\nwant ${r.stderr ?? JSON.stringify(r.matches)?.slice(0, 200)}\ngot  ${answer(r.expr).slice(0, 200)}`);
    expect((recorded.length - wrong.length) / recorded.length, sample.join("\n")).toBeGreaterThanOrEqual(FLOOR);
  });
});
