import type { Session } from "../app/session.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { Signal } from "../store/signal.ts";

/** Where the first minute stands. `free`: the learner took over, nothing happens by itself any more. */
export type Stage = "hello" | "watch" | "capsule" | "yours" | "ask" | "answered" | "free";

export const TOUR_PLACE = "C0w1/c1";
export const TOUR_COMMAND = "ping -c 1 11.11.0.2";
const HELLO_MS = 1500;
const CAPSULE_MS = 3500;
const SHELL_POLL_MS = 400;
const WORKER = TOUR_PLACE.split("/")[0] ?? "";

export interface TourOption { readonly id: string; readonly text: string }
export const TOUR_OPTIONS: readonly TourOption[] = [
  { id: "pod", text: "11.11.0.2, the pod it is for" },
  { id: "worker", text: "10.0.0.4, the worker where that pod lives" },
  { id: "both", text: "both, one inside the other" },
];
export const TOUR_ANSWER = "both";

/**
 * The first sixty seconds: a ping crosses by itself and stops inside the tunnel; the learner sends the
 * next one, and is asked before it happens. All of it is the real engine running a real command.
 */
export class Tour {
  readonly #session: Session;
  #stage: Stage = "hello";
  #answer: string | null = null;
  #journeysBefore = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #unsubscribe: () => void;
  readonly changed = new Signal();

  constructor(session: Session) {
    this.#session = session;
    this.#unsubscribe = session.world.moved.subscribe(() => { this.#watchJourneys(); });
  }

  get stage(): Stage { return this.#stage; }
  get answered(): string | null { return this.#answer; }
  /** Their own packet has been answered: the words about what happened may be read. */
  get revealed(): boolean { return this.#stage === "answered" && this.#sawWrapped; }
  #sawWrapped = false;

  /** Call once the world is loaded. */
  begin(): void {
    const shell = this.#session.terminals.openAt(TOUR_PLACE);
    this.#session.terminals.activate(shell);
    this.#after(HELLO_MS, () => { this.#sendFirst(); });
  }

  /** The learner does something else: hand over. */
  takeOver(): void {
    if (this.#stage !== "hello" && this.#stage !== "watch" && this.#stage !== "capsule") return;
    this.#stop();
    this.#session.player.setPauseWhen(null);
    this.#session.player.play();
    this.#go("free");
  }

  /** Enter, for those who would rather click. */
  pressEnter(): void {
    const shell = this.#session.terminals.active;
    if (this.#stage === "yours" && shell !== null) this.#session.type(shell, "\r");
  }

  answer(option: string): void {
    if (this.#stage !== "ask") return;
    this.#answer = option;
    this.#session.player.setPauseWhen((event) => {
      if (isWrapped(event)) this.#sawWrapped = true;
      this.changed.bump();
      return false;
    });
    this.#session.player.play();
    this.#go("answered");
  }

  close(): void {
    this.#stop();
    this.#unsubscribe();
    this.#session.player.setPauseWhen(null);
  }

  #sendFirst(): void {
    const { player } = this.#session;
    player.setPauseWhen((event) => {
      if (!isWrapped(event)) return false;
      this.#go("capsule");
      this.#after(CAPSULE_MS, () => { this.#offer(); });
      return true;
    });
    player.setSpeed(2);
    this.#session.propose(TOUR_PLACE, TOUR_COMMAND, true, false);
    this.#go("watch");
  }

  /** Lets the first ping finish at once, and fills the line for the learner's own. */
  #offer(): void {
    const { player } = this.#session;
    player.setPauseWhen(null);
    player.setSpeed("instant");
    player.play();
    this.#go("yours");
    this.#whenShellIsFree(() => {
      player.setSpeed(1);
      this.#journeysBefore = this.#session.world.journeys.length;
      this.#session.propose(TOUR_PLACE, TOUR_COMMAND, false, false);
      player.setPauseWhen((event) => this.#isAtTheWorker(event));
    });
  }

  /** A line typed while ping still runs would be lost in its input. */
  #whenShellIsFree(then: () => void): void {
    this.#after(SHELL_POLL_MS, () => {
      if (this.#session.terminals.active?.running === "" && !this.#session.terminals.isWaiting(this.#session.terminals.active)) then();
      else this.#whenShellIsFree(then);
    });
  }

  /** Their packet has come to the worker, before it is wrapped: the moment to ask. */
  #isAtTheWorker(event: LoggedEvent): boolean {
    const isTheirs = this.#session.world.journeys.slice(this.#journeysBefore).some((journey) => journey.id === event.journey && journey.place === TOUR_PLACE);
    if (!isTheirs || event.kind !== "l2.rx" || event.place !== WORKER) return false;
    this.#go("ask");
    return true;
  }

  #watchJourneys(): void {
    if (this.#stage === "answered") this.changed.bump();
  }

  #go(stage: Stage): void {
    this.#stage = stage;
    this.changed.bump();
  }

  #after(ms: number, then: () => void): void {
    this.#stop();
    this.#timer = setTimeout(then, ms);
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function isWrapped(event: LoggedEvent): boolean {
  return event.kind === "encap";
}
