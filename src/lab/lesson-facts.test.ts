import { describe, expect, test } from "vitest";
import { parseLessonFacts } from "./lesson-run.ts";

const step = { id: "one", check: { proc: { at: "C0w2", name: "tcpdump" } } };
const lesson = (change: object): unknown => ({
  id: "c2-09-trace", version: 1, kind: "lesson", deck: ["C2/D"], minutes: 8, scenario: { use: "two-clusters", seed: 1 }, steps: [step], ...change,
});
const withCheck = (check: unknown): unknown => lesson({ steps: [{ id: "one", check }] });
const asking = (ask: object, check: object): unknown => lesson({ steps: [{ id: "one", ask: [{ id: "q", type: "choice", options: ["a", "b"], answer: "a", ...ask }], check }] });

describe("a lesson's facts", () => {
  test("a right one is read, and its conditions are known", () => {
    expect(parseLessonFacts(lesson({}))).toMatchObject({ steps: [{ check: { is: "proc", want: { name: "tcpdump" } } }] });
  });

  test.each([
    ["a missing part", lesson({ scenario: undefined }), /^scenario: /],
    ["a part nobody knows", lesson({ colour: 1 }), /colour/],
    ["a predicate that is not built", withCheck({ etcd: { at: "C0e1" } }), /^steps\[0\]\.check: the predicate "etcd" is not built yet$/],
    ["one that is not built, deep inside", withCheck({ all: [{ not: { probe: {} } }] }), /^steps\[0\]\.check\.all\[0\]\.not: the predicate "probe" is not built yet$/],
    ["a predicate that does not exist", withCheck({ output: "64 bytes" }), /^steps\[0\]\.check: there is no predicate "output"$/],
    ["two predicates in one condition", withCheck({ answered: "q", proc: {} }), /one key/],
    ["an argument that does not exist", withCheck({ proc: { at: "C0w2", name: "a", pid: 1 } }), /^steps\[0\]\.check\.proc: .*pid/],
    ["a process without name and device", withCheck({ proc: { at: "C0w2" } }), /needs a name or a dev/],
    ["an event kind that does not exist", withCheck({ event: { kind: "teleport" } }), /check\.event\.kind/],
    ["a packet field that does not exist", withCheck({ packet: { at: "C0w2:eth0", field: "ip.colour", is: 1 } }), /check\.packet\.field/],
    ["a packet of no device", withCheck({ packet: { at: "C0w2" } }), /place:device/],
    ["a pattern that is none", lesson({ steps: [{ ...step, diagnose: [{ when: { ran: { at: "C0w1", match: "(" } }, say: "x" }] }] }), /not a regular expression/],
    ["a check of what was typed", withCheck({ any: [{ ran: { at: "C0w1", match: "^ping" } }] }), /^step one: a check reads state, not commands/],
    ["a variable nobody defines", withCheck({ addr: { at: "C0w1", ip: "${c7}" } }), /\$\{c7\}/],
    ["two steps of one name", lesson({ steps: [step, step] }), /two steps are called one/],
    ["a step with nothing in it", lesson({ steps: [{ id: "one" }] }), /at least one of run, ask and check/],
    ["an answer to no question", asking({}, { answered: "other" }), /^step one: there is no question other$/],
    ["an answer that is no option", asking({ answer: "c" }, { answered: "q" }), /^step one: the answer of q is not one of its options$/],
  ])("%s is refused in words", (_what, raw, words) => {
    expect(parseLessonFacts(raw)).toEqual(expect.stringMatching(words));
  });

  test.each([[null], [7], ["id: c2"], [[]]])("what is no lesson at all is refused (%j)", (raw) => {
    expect(parseLessonFacts(raw)).toEqual(expect.any(String));
  });
});
