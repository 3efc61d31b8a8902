import { describe, expect, test } from "vitest";
import { inlinesOf, parseWords } from "./words.ts";

const SOURCE = `# Trace the flow
Find the ping at **four** places.

## listen
Start a capture on {node:C0w2}.

Then wait.
:::run
:::hint
Which one hosts c2?
:::hint
\`flannel.100\` hands packets on.
:::say wrong-worker
That is the sender.

## send: Send one ping
:::ask q-src
Which source will it carry?
- pod: \${c1}, the pod
- host: the worker
:::why
Nobody rewrites it.
:::reality
Real clusters differ.
:::try
Ping c3.
:::try
Ping a dead address.
`;
const words = parseWords(SOURCE);
const text = (blocks: readonly unknown[] | undefined): string => JSON.stringify(blocks);

describe("the words of a lesson", () => {
  test("title and goal come before the first step", () => {
    expect(words.title).toBe("Trace the flow");
    expect(text(words.goal)).toContain("four");
  });

  test("a step has its id for a title unless it names one", () => {
    expect([...words.steps.values()].map((step) => step.title)).toEqual(["Listen", "Send one ping"]);
  });

  test("paragraphs before the cards are the introduction", () => {
    expect(words.steps.get("listen")?.intro).toHaveLength(2);
  });

  test("hints keep their order, dynamic ones their key", () => {
    const listen = words.steps.get("listen");
    expect(listen?.hints.map((hint) => text(hint))).toEqual([expect.stringContaining("hosts c2"), expect.stringContaining("flannel.100")]);
    expect([...listen?.says.keys() ?? []]).toEqual(["wrong-worker"]);
  });

  test("a question has options by id and the why that follows it", () => {
    const ask = words.steps.get("send")?.asks.get("q-src");
    expect([...ask?.options.keys() ?? []]).toEqual(["pod", "host"]);
    expect(text(ask?.question)).not.toContain("the worker");
    expect(text(ask?.why)).toContain("Nobody rewrites");
  });

  test("tries and reality are kept apart", () => {
    const send = words.steps.get("send");
    expect([send?.tries.length, send?.reality.length]).toEqual([2, 1]);
  });

  test("inline marks become data, not markup", () => {
    expect(inlinesOf("use `ip` on {node:C0w1}, ${c2} <b>")).toEqual([
      { is: "text", text: "use " }, { is: "code", text: "ip" }, { is: "text", text: " on " }, { is: "node", text: "C0w1" },
      { is: "text", text: ", " }, { is: "variable", text: "c2" }, { is: "text", text: " <b>" },
    ]);
  });
});
