import type { ToEngine, ToPage } from "../../protocol/messages.ts";
import type { EngineListener, OpenEngine } from "../app/engine-link.ts";
import { Session } from "../app/session.ts";
import { batchOf, journeyOf, snapshotOf } from "../store/world-fixture.ts";
import type { EventSketch } from "../store/world-fixture.ts";

/** An engine that a test plays: what the page sent, and what comes back, said by the test. */
export class FakeEngine {
  readonly sent: ToEngine[] = [];
  readonly session: Session;
  #listener: EngineListener | null = null;
  readonly #words: string[] = [];
  #seq = 0;

  constructor() {
    const open: OpenEngine = (listener) => {
      this.#listener = listener;
      return { send: (message) => { this.sent.push(message); }, close: () => undefined };
    };
    this.session = new Session(open);
  }

  /** A session with a loaded, empty world. */
  static loaded(): FakeEngine {
    const engine = new FakeEngine();
    engine.session.load("two-clusters", 1);
    engine.says({ type: "snapshot", snapshot: snapshotOf() });
    return engine;
  }

  says(message: ToPage): void { this.#listener?.onMessage(message); }

  crashes(reason: string): void { this.#listener?.onCrash(reason); }

  /** Events of a command typed in terminal 1, with journey number `journey`. */
  happens(journey: number, events: readonly EventSketch[], place = "C0w1/c1"): void {
    const batch = batchOf(this.#seq, events.map((event) => ({ ...event, journey })), this.#words);
    const journeys = [journeyOf(journey, { startSeq: this.#seq, place })];
    this.#seq += events.length;
    this.says({ type: "frame", nowNs: 0, batch, output: [], world: null, journeys });
  }

  ofType<T extends ToEngine["type"]>(type: T): Extract<ToEngine, { type: T }>[] {
    return this.sent.filter((message): message is Extract<ToEngine, { type: T }> => message.type === type);
  }
}
