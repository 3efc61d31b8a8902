import type { TerminalOutput, ToEngine, ToPage } from "../../protocol/messages.ts";
import type { EngineListener, OpenEngine } from "../app/engine-link.ts";
import { batchOf } from "../store/world-fixture.ts";
import type { EventSketch } from "../store/world-fixture.ts";
import { lostPingEvents, pingEvents } from "./ping-fixture.ts";
import { twoClustersFixture } from "./two-clusters-fixture.ts";

/** A stand-in that speaks the protocol, for work on the page alone: it knows `ping` and nothing else. */
class FixtureEngine {
  readonly #listener: EngineListener;
  readonly #words: string[] = [];
  #seq = 0;
  #journeys = 0;
  #lines = new Map<number, string>();
  #places = new Map<number, string>();

  constructor(listener: EngineListener) { this.#listener = listener; }

  handle(message: ToEngine): void {
    switch (message.type) {
      case "load": return this.#load();
      case "terminal.open": return this.#open(message.request, message.place);
      case "terminal.input": return this.#input(message.terminal, message.data);
      case "lesson.begin": return this.#tell({ type: "lesson.state", state: { id: "c2-09-trace", vars: { c2: "11.11.0.2" }, steps: [] }, seq: 0 });
      default: return;
    }
  }

  #tell(message: ToPage): void { setTimeout(() => { this.#listener.onMessage(message); }, 5); }

  #load(): void { this.#tell({ type: "snapshot", snapshot: twoClustersFixture() }); }

  #open(request: number, place: string): void {
    this.#places.set(request, place);
    this.#tell({ type: "terminal.opened", request, terminal: request, place, prompt: place });
    this.#print(request, `${place}# `, false);
  }

  #input(terminal: number, data: string): void {
    for (const key of data) {
      if (key === "\r") this.#run(terminal);
      else if (key === "\x7f") this.#print(terminal, "\b \b", false);
      else {
        this.#lines.set(terminal, (this.#lines.get(terminal) ?? "") + key);
        this.#print(terminal, key, false);
      }
    }
  }

  #run(terminal: number): void {
    const line = this.#lines.get(terminal) ?? "";
    this.#lines.set(terminal, "");
    this.#print(terminal, "\r\n", false);
    const place = this.#places.get(terminal) ?? "";
    if (line.startsWith("ping")) this.#ping(terminal, line, place);
    else this.#print(terminal, line === "" ? "" : `bash: ${line.split(" ")[0] ?? ""}: command not found\r\n`, false);
    this.#print(terminal, `${place}# `, false);
  }

  #ping(terminal: number, line: string, place: string): void {
    const id = ++this.#journeys;
    const lost = line.includes("9.9.9.9");
    const count = Number(/-c (\d+)/.exec(line)?.[1] ?? 3);
    const rounds = lost ? [lostPingEvents(id)] : Array.from({ length: count }, (_, round) => pingEvents(id, round + id * 10));
    const output: TerminalOutput[] = [chunk(terminal, "PING 11.11.0.2 (11.11.0.2) 56(84) bytes of data.\r\n", this.#seq, true)];
    const events: EventSketch[] = [];
    const startSeq = this.#seq;
    for (const [i, round] of rounds.entries()) {
      events.push(...round);
      if (!lost) output.push(chunk(terminal, `64 bytes from 11.11.0.2: icmp_seq=${i + 1} ttl=62 time=0.092 ms\r\n`, startSeq + events.length, true));
    }
    const batch = batchOf(startSeq, events, this.#words);
    this.#seq += events.length;
    this.#tell({ type: "frame", nowNs: 0, batch, output, world: null, journeys: [{ id, label: line, place, startSeq, terminal }] });
  }

  #print(terminal: number, text: string, gated: boolean): void {
    this.#tell({ type: "frame", nowNs: 0, batch: null, output: [chunk(terminal, text, this.#seq, gated)], world: null, journeys: [] });
  }
}

function chunk(terminal: number, text: string, seq: number, gated: boolean): TerminalOutput {
  return { terminal, data: new TextEncoder().encode(text), seq, gated };
}

export const openFixture: OpenEngine = (listener) => {
  const engine = new FixtureEngine(listener);
  return { send: (message) => { engine.handle(message); }, close: () => undefined };
};
