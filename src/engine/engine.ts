import { CaptureFile } from "../lab/capture.ts";
import type { Lab } from "../lab/lab.ts";
import { LessonRun, parseLessonFacts } from "../lab/lesson-run.ts";
import { bootCore, scenarioNames } from "../lab/scenario-core.ts";
import type { Process } from "../os/process.ts";
import type { Program } from "../os/sys.ts";
import type { JourneyInfo, ToEngine, ToPage } from "../protocol/messages.ts";
import { Batcher } from "./batcher.ts";
import { fingerprint } from "./fingerprint.ts";
import { INSTANT_SPEED, Pacer } from "./pacer.ts";
import { Terminals } from "./terminals.ts";
import { TraceHash } from "./trace-hash.ts";
import { WorldView } from "./world-view.ts";

/** Events in the batch under way at which the simulation waits for the page. */
const BATCH_LIMIT = 20_000;
/** Batches that may be on their way. */
const UNACKED_LIMIT = 3;
const PROCESS_LOOK_MS = 250;

type Post = (message: ToPage, transfer?: ArrayBuffer[]) => void;

/** One loaded scenario and everything between it and the page. No browser in here: the worker gives time and messages. */
export class Engine {
  readonly #post: Post;
  #run: Run | null = null;
  /** Programs that are fetched after the start; null = not here yet. */
  #late: ReadonlyMap<string, Program> | null = null;

  constructor(post: Post) {
    this.#post = post;
  }

  receive(message: ToEngine): void {
    if (message.type === "load") return this.#load(message.scenario, message.seed);
    if (message.type === "fingerprint") return this.#post({ type: "fingerprinted", request: message.request, ...fingerprint(message, this.#late ?? new Map<string, Program>()) });
    this.#run?.receive(message);
  }

  #load(scenario: string, seed: number): void {
    const lab = bootCore(scenario, seed);
    if (lab === null) return this.#post({ type: "trouble", fatal: true, message: `There is no scenario "${scenario}". There are: ${scenarioNames().join(", ")}.` });
    if (this.#late !== null) lab.kernel.supplyPrograms(this.#late);
    this.#run = new Run(lab, this.#post);
  }

  /** Rarer programs have come. Until then time stands still where somebody starts one. */
  supply(programs: ReadonlyMap<string, Program>): void {
    this.#late = programs;
    this.#run?.lab.kernel.supplyPrograms(programs);
  }

  /** Runs for at most `budgetMs`; true when there is more to do at once. */
  slice(clock: () => number, budgetMs: number): boolean {
    return this.#run?.slice(clock, budgetMs) ?? false;
  }

  /** Sends what the page should see; call once a frame of animation, or sooner when `urgent`. */
  flush(nowMs: number): void {
    this.#run?.flush(nowMs);
  }

  get urgent(): boolean {
    return this.#run?.terminals.urgent ?? false;
  }

  /** Trace hash so far, hex. */
  get traceHash(): string {
    return this.#run?.hash.hex ?? "";
  }
}

class Run {
  readonly lab: Lab;
  readonly terminals: Terminals;
  readonly hash = new TraceHash();
  readonly #post: Post;
  readonly #pacer = new Pacer();
  readonly #batcher = new Batcher();
  readonly #view: WorldView;
  readonly #capture: CaptureFile;
  readonly #gating = new Set<number>();
  #journeys: JourneyInfo[] = [];
  #lesson: LessonRun | null = null;
  #unacked = 0;
  #worldDirty = false;
  #lookedMs = 0;
  #crashes = 0;

  constructor(lab: Lab, post: Post) {
    this.lab = lab;
    this.#post = post;
    this.terminals = new Terminals(lab);
    this.#view = new WorldView(lab);
    this.#capture = new CaptureFile(lab);
    this.#listen();
    post({ type: "snapshot", snapshot: this.#view.snapshot(lab.box.world.traceSeq, this.hash.hex) });
    post({ type: "ready" });
  }

  #listen(): void {
    const { world } = this.lab.box;
    world.trace = {
      event: (e) => {
        this.hash.add(e);
        this.#batcher.add(e);
        this.#lesson?.event(e);
        if (this.#gating.has(e.journey)) this.#pacer.gate(e.seq);
        if (e.kind === "iface" || e.kind === "table") this.#worldDirty = true;
      },
    };
    this.lab.kernel.onJourney = (id, label, by) => this.#journey(id, label, by);
  }

  #journey(id: number, label: string, by: Process): void {
    const terminal = this.terminals.ofProcess(by);
    if (terminal !== undefined) {
      terminal.label = label;
      this.#gating.add(id);
      this.#lesson?.ran(terminal.place, label);
    }
    this.#journeys.push({ id, label, place: by.ns.net.netns.place, startSeq: this.lab.box.world.traceSeq, terminal: terminal?.id ?? 0 });
  }

  receive(m: Exclude<ToEngine, { type: "load" | "fingerprint" }>): void {
    switch (m.type) {
      case "terminal.open": return this.#open(m);
      case "terminal.input":
        this.terminals.input(m.terminal, m.data);
        return this.#pacer.grant(this.lab.sim.nowNs);
      case "terminal.resize": return this.terminals.resize(m.terminal, m.cols, m.rows);
      case "terminal.close": return this.terminals.close(m.terminal);
      case "terminal.taken": return this.terminals.taken(m.terminal, m.bytes);
      case "pace": return this.#pace(m);
      case "ack":
        this.#unacked--;
        return this.#batcher.giveBack(m.batch);
      case "cable": return this.#cable(m);
      case "capture": return this.#post({ type: "captured", request: m.request, pcapng: this.#capture.bytes() });
      default: return this.#lessonMessage(m);
    }
  }

  #open(m: Extract<ToEngine, { type: "terminal.open" }>): void {
    const terminal = this.terminals.open(m.place, m.cols, m.rows);
    if (typeof terminal === "string") return this.#post({ type: "trouble", fatal: false, message: `No shell at ${m.place}: ${terminal}.` });
    this.#pacer.grant(this.lab.sim.nowNs);
    this.#post({ type: "terminal.opened", request: m.request, terminal: terminal.id, place: m.place, prompt: m.place });
  }

  #cable(m: Extract<ToEngine, { type: "cable" }>): void {
    const wrong = this.lab.changeCable(m.device, m.change);
    if (wrong !== null) return this.#post({ type: "trouble", fatal: false, message: wrong });
    this.#pacer.grant(this.lab.sim.nowNs);
    this.#worldDirty = true;
  }

  #pace(m: Extract<ToEngine, { type: "pace" }>): void {
    this.#pacer.hold = m.hold;
    this.#pacer.speed = Number.isFinite(m.speed) && m.speed > 0 ? Math.min(m.speed, INSTANT_SPEED) : 1;
    this.#pacer.play(m.played);
  }

  #lessonMessage(m: Extract<ToEngine, { type: `lesson.${string}` }>): void {
    if (m.type === "lesson.begin") {
      const facts = parseLessonFacts(m.lesson);
      if (typeof facts === "string") return this.#post({ type: "trouble", fatal: false, message: `This lesson cannot be read: ${facts}.` });
      this.#lesson = new LessonRun(this.lab, facts);
    } else if (m.type === "lesson.answer") this.#lesson?.answer(m.step, m.ask, m.value);
    else if (m.type === "lesson.looked") this.#lesson?.looked(m.at, m.what);
    else this.#lesson?.skip(m.step);
    if (this.#lesson !== null) this.#post({ type: "lesson.state", state: this.#lesson.state(), seq: this.lab.box.world.traceSeq });
  }

  slice(clock: () => number, budgetMs: number): boolean {
    const { sim } = this.lab;
    const startMs = clock();
    const untilNs = this.#pacer.advance(startMs, sim.nowNs);
    if (this.#unacked >= UNACKED_LIMIT && this.#batcher.count > BATCH_LIMIT) return false;
    for (let i = 1; ; i++) {
      if (this.lab.kernel.wantsPrograms) return false;
      const next = sim.nextAtNs;
      if (next === undefined || next > untilNs) {
        if (!this.#pacer.blocked) sim.runUntil(untilNs);
        return false;
      }
      sim.step();
      if (this.#pacer.blocked && sim.nowNs > this.#pacer.grantedNs) return false;
      if (i % 32 === 0 && clock() - startMs > budgetMs) return true;
    }
  }

  flush(nowMs: number): void {
    this.#reportCrashes();
    for (const terminal of this.terminals.takeClosed()) this.#post({ type: "terminal.closed", terminal });
    this.#sendFrame(nowMs);
    for (const state of this.terminals.takeStates()) this.#post({ type: "terminal.state", ...state });
    const lesson = this.#lesson?.takeChanged() ?? null;
    if (lesson !== null) this.#post({ type: "lesson.state", state: lesson, seq: this.lab.box.world.traceSeq });
  }

  #sendFrame(nowMs: number): void {
    const output = this.terminals.takeOutput();
    const world = this.#worldChange(nowMs);
    const full = this.#batcher.isEmpty || this.#unacked >= UNACKED_LIMIT;
    if (output.length === 0 && world === null && full && this.#journeys.length === 0) return;
    const taken = full ? null : this.#batcher.take();
    if (taken !== null) this.#unacked++;
    const journeys = this.#journeys;
    this.#journeys = [];
    this.#post({ type: "frame", nowNs: this.lab.sim.nowNs, batch: taken?.batch ?? null, output, world, journeys }, taken?.transfer);
  }

  #worldChange(nowMs: number): ReturnType<WorldView["changes"]> {
    if (!this.#worldDirty && nowMs - this.#lookedMs < PROCESS_LOOK_MS) return null;
    this.#worldDirty = false;
    this.#lookedMs = nowMs;
    return this.#view.changes(this.lab.box.world.traceSeq);
  }

  #reportCrashes(): void {
    const { crashes } = this.lab.kernel;
    for (; this.#crashes < crashes.length; this.#crashes++) {
      const crash = crashes[this.#crashes]!;
      this.#post({ type: "trouble", fatal: false, message: `A bug of ours stopped ${crash.comm}: ${String(crash.error)}` });
    }
  }
}
