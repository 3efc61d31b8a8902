import type { CableFaultInfo, LessonState, ToEngine, ToPage } from "../../protocol/messages.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { Connections } from "../store/connections.ts";
import { Selection } from "../store/selection.ts";
import { Signal } from "../store/signal.ts";
import { World } from "../store/world.ts";
import { Terminals } from "../terminal/terminals.ts";
import type { Shell } from "../terminal/terminals.ts";
import { Typist } from "../terminal/typist.ts";
import { Player } from "../time/player.ts";
import { Tracks } from "../time/track.ts";
import type { EngineLink, OpenEngine } from "./engine-link.ts";

export type InspectorTab = "journey" | "headers" | "bytes" | "tables" | "talk";

export type SessionStatus = "loading" | "ready" | "stopped";

/** What is told once, in words, to everyone: a pause, a drop, a refused request. */
export interface Notice {
  readonly text: string;
  readonly bad: boolean;
}

/** One running simulation and everything on the page that follows it. Lives outside React. */
export class Session {
  readonly world = new World();
  readonly player = new Player(this.world);
  readonly terminals = new Terminals((message) => { this.send(message); });
  readonly tracks = new Tracks(this.world, this.player);
  readonly connections = new Connections();
  readonly selection = new Selection();
  /** What was done to cables, by both ends' names. */
  readonly cables = new Map<string, { readonly cut: boolean; readonly fault: Partial<CableFaultInfo> }>();
  readonly typist = new Typist();
  readonly changed = new Signal();
  readonly lessonChanged = new Signal();
  /** Somebody wants to see the shells (matters on a phone). */
  readonly shellsWanted = new Signal();
  readonly #open: OpenEngine;
  #link: EngineLink | null = null;
  #status: SessionStatus = "loading";
  #trouble = "";
  #notice: Notice = { text: "", bad: false };
  #scenario = "";
  #seed = 1;
  #lessonState: LessonState | null = null;
  /** States that the view has not come to yet. */
  #lessonAhead: { readonly state: LessonState; readonly seq: number }[] = [];
  #lastPace = "";
  #inputs: string[] = [];

  #inspectorTab: InspectorTab = "journey";

  get inspectorTab(): InspectorTab { return this.#inspectorTab; }

  showTab(tab: InspectorTab): void {
    this.#inspectorTab = tab;
    this.selection.changed.bump();
  }

  /** Selects an event and shows it in a tab of the inspector. */
  inspect(event: LoggedEvent, tab: InspectorTab): void {
    this.#inspectorTab = tab;
    this.player.seek(event.seq + 1);
    this.selection.select({ kind: "event", seq: event.seq });
  }

  /** The place whose tables are looked at: the selection's, else where the packet is, else the active shell's. */
  get tablesPlace(): string {
    const { selected } = this.selection;
    const event = selected.kind === "event" ? this.world.log.at(selected.seq) : null;
    const near = event ?? (this.tracks.followed === null ? null : this.world.latest);
    return this.selection.place || near?.place || this.terminals.active?.place || (this.world.places.keys().next().value ?? "");
  }

  /** Shell that takes the keyboard as soon as it is drawn. */
  wantsFocus: Shell | null = null;
  /** Keys that the page keeps even while a shell has the focus; set by whoever reads the keyboard. True: taken. */
  pageKey: (event: KeyboardEvent) => boolean = () => false;

  constructor(open: OpenEngine) {
    this.#open = open;
    this.player.changed.subscribe(() => { this.#dropStaleSelection(); });
    this.world.loaded.subscribe(() => { this.connections.restart(this.world.log.first); });
    this.world.arrived.subscribe(() => { this.connections.follow(this.world.log); });
  }

  /** An event stays selected only while the view stands at it. */
  #dropStaleSelection(): void {
    const { selected } = this.selection;
    if (selected.kind === "event" && this.player.position !== selected.seq + 1) this.selection.clear();
  }

  get status(): SessionStatus { return this.#status; }
  /** Why the engine stopped. */
  get trouble(): string { return this.#trouble; }
  get notice(): Notice { return this.#notice; }
  get scenario(): string { return this.#scenario; }
  get lessonState(): LessonState | null { return this.#lessonState; }
  /** What was typed, in order: place and text. */
  get inputs(): readonly string[] { return this.#inputs; }

  /** Loads a scenario into a fresh engine. */
  load(scenario: string, seed: number): void {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#inputs = [];
    this.restart();
  }

  /** The same scenario again in a fresh engine. */
  restart(): void {
    this.#link?.close();
    this.#status = "loading";
    this.#lessonState = null;
    this.#lessonAhead = [];
    this.#lastPace = "";
    this.typist.cancel();
    this.terminals.clear();
    this.cables.clear();
    this.selection.clear();
    const link = this.#open({
      onMessage: (message) => { if (this.#link === link) this.#receive(message); },
      onCrash: (reason) => { if (this.#link === link) this.#stop(reason); },
    });
    this.#link = link;
    this.send({ type: "load", scenario: this.#scenario, seed: this.#seed });
    this.changed.bump();
  }

  close(): void {
    this.#link?.close();
    this.#link = null;
  }

  send(message: ToEngine): void {
    if (message.type === "terminal.input") this.#inputs.push(message.data);
    this.#link?.send(message);
  }

  /** What the learner types. In the past it goes back to live first: one acts now or not at all. */
  type(shell: Shell, data: string): void {
    if (this.player.past) {
      this.player.live();
      this.announce("Back to live: commands run now.");
    }
    if (this.typist.busy) this.typist.finish();
    this.terminals.input(shell, data);
  }

  /** Shows a shell's tab and gives it the keyboard. Where only one pane fits, `reveal` brings the shells to the front. */
  focusShell(shell: Shell, reveal = true): void {
    this.wantsFocus = shell;
    this.terminals.activate(shell);
    if (reveal) this.shellsWanted.bump();
  }

  /** Puts a command into the shell at `place` as if typed; the learner presses Enter (or `run` does). */
  propose(place: string, command: string, run: boolean, reveal = true): void {
    const shell = this.terminals.openAt(place);
    this.focusShell(shell, reveal);
    if (this.player.past) this.player.live();
    this.typist.type(command, run || this.player.reducedMotion, (text) => { this.terminals.input(shell, text); });
    if (run) this.terminals.input(shell, "\r");
  }

  announce(text: string, bad = false): void {
    this.#notice = { text, bad };
    this.changed.bump();
  }

  /** Moves the view, draws terminals, reins the engine. Call once a frame. */
  tick(ms: number): void {
    if (this.#status !== "ready") return;
    this.player.tick(ms);
    this.#showLesson();
    this.terminals.show({ position: this.player.position, frontier: this.player.frontier });
    this.#sendPace();
  }

  #sendPace(): void {
    const pace = this.player.pace;
    const key = `${pace.played} ${pace.hold} ${pace.speed}`;
    if (key === this.#lastPace) return;
    this.#lastPace = key;
    this.send({ type: "pace", ...pace });
  }

  #receive(message: ToPage): void {
    switch (message.type) {
      case "snapshot": return this.#onSnapshot(message);
      case "frame": return this.#onFrame(message);
      case "lesson.state": return this.#onLesson(message);
      case "trouble": return message.fatal ? this.#stop(message.message) : this.announce(message.message, true);
      case "ready":
      case "captured": return;
      default: return this.terminals.receive(message);
    }
  }

  #onSnapshot({ snapshot }: Extract<ToPage, { type: "snapshot" }>): void {
    this.world.load(snapshot);
    this.#status = "ready";
    this.changed.bump();
  }

  #onFrame(frame: Extract<ToPage, { type: "frame" }>): void {
    this.world.receive(frame.batch, frame.world, frame.journeys);
    this.terminals.take(frame.output);
    if (frame.batch !== null) this.send({ type: "ack", batch: frame.batch });
    // An echo is shown with the message that brings it, not a frame of animation later.
    this.terminals.show({ position: this.player.position, frontier: this.player.frontier });
  }

  #onLesson(next: { readonly state: LessonState; readonly seq: number }): void {
    this.#lessonAhead.push(next);
    this.#showLesson();
  }

  /** A tick comes when its packet has been seen to arrive; the first state, which only names things, at once. */
  #showLesson(): void {
    const ahead = this.#lessonAhead;
    let shown = false;
    while (ahead.length > 0 && (this.#lessonState === null || ahead[0]!.seq <= this.player.position)) {
      this.#lessonState = ahead.shift()!.state;
      shown = true;
    }
    if (shown) this.lessonChanged.bump();
  }

  #stop(reason: string): void {
    this.#status = "stopped";
    this.#trouble = reason;
    this.#link?.close();
    this.changed.bump();
  }
}
