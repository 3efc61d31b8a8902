import type { DeviceInfo, PlaceInfo, ProcessInfo, Snapshot } from "./snapshot.ts";
import type { TraceBatch } from "./trace-batch.ts";

/**
 * What engine (Web Worker) and page say to each other. All plain data.
 * The page never holds simulation state of its own: it draws snapshots, trace and terminal output.
 */

/** Page → engine. */
export type ToEngine =
  | { readonly type: "load"; readonly scenario: string; readonly seed: number }
  /** Opens a shell at a place; answered by `terminal.opened` with the same `request`. */
  | { readonly type: "terminal.open"; readonly request: number; readonly place: string; readonly cols: number; readonly rows: number }
  | { readonly type: "terminal.input"; readonly terminal: number; readonly data: string }
  | { readonly type: "terminal.resize"; readonly terminal: number; readonly cols: number; readonly rows: number }
  | { readonly type: "terminal.close"; readonly terminal: number }
  /** Output bytes the page has taken: the pty's back-pressure. */
  | { readonly type: "terminal.taken"; readonly terminal: number; readonly bytes: number }
  /**
   * The pacer's rein: the simulation may run while fewer than `ahead` events of gating journeys lie
   * beyond `played` (an event number); `hold` stops simulated time altogether (pause).
   */
  | { readonly type: "pace"; readonly played: number; readonly hold: boolean; readonly speed: number }
  /** Hands a batch's buffers back: the acknowledgement. */
  | { readonly type: "ack"; readonly batch: TraceBatch }
  | { readonly type: "lesson.begin"; readonly request: number; readonly lesson: unknown }
  | { readonly type: "lesson.answer"; readonly step: string; readonly ask: string; readonly value: string }
  | { readonly type: "lesson.looked"; readonly at: string; readonly what: string }
  | { readonly type: "lesson.skip"; readonly step: string }
  /** Runs commands in a fresh lab beside this one and hashes what happened: is this machine's simulation the same as any other's? */
  | ({ readonly type: "fingerprint"; readonly request: number } & FingerprintRun)
  /** Does something to the cable of a device ("C0w1:eth0", either end): an input of the run, as a keystroke is. */
  | { readonly type: "cable"; readonly device: string; readonly change: CableChange }
  | { readonly type: "capture"; readonly request: number; readonly device: string | null };

/** Cut: both ends lose their carrier, as when the plug is pulled. A fault changes what it names and leaves the rest as it was. */
export type CableChange = { readonly is: "cut" } | { readonly is: "mend" } | { readonly is: "fault"; readonly fault: Partial<CableFaultInfo> };

/** What is wrong with a cable, both ways; chances in per cent, each frame by itself. All 0 = nothing (net/core/cable-fault.ts). */
export interface CableFaultInfo {
  /** Added, one way. */
  readonly delayNs: number;
  readonly jitterNs: number;
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly reorderPercent: number;
  readonly corruptPercent: number;
  /** 0 = no limit; frames wait in a queue of `queueFrames`. */
  readonly rateBitsPerSec: number;
  readonly queueFrames: number;
  /** Longest packet it carries, 0 = any. */
  readonly mtuBytes: number;
}

/** A run to be compared: commands at places, one after the other, in a fresh lab. */
export interface FingerprintRun {
  readonly scenario: string;
  readonly seed: number;
  readonly commands: readonly { readonly at: string; readonly command: string }[];
}

/** Engine → page. */
export type ToPage =
  | { readonly type: "ready" }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  /** At most one a frame of animation. */
  | { readonly type: "frame"; readonly nowNs: number; readonly batch: TraceBatch | null; readonly output: readonly TerminalOutput[]; readonly world: WorldChange | null; readonly journeys: readonly JourneyInfo[] }
  | { readonly type: "terminal.opened"; readonly request: number; readonly terminal: number; readonly place: string; readonly prompt: string }
  | { readonly type: "terminal.closed"; readonly terminal: number }
  /** The foreground command began or ended ("" = back at the prompt): the tab's running dot, and what blocks a lesson's card. */
  | { readonly type: "terminal.state"; readonly terminal: number; readonly running: string }
  /** `seq`: trace events that had happened; the page shows a tick when the view has played them, not before. */
  | { readonly type: "lesson.state"; readonly state: LessonState; readonly seq: number }
  | { readonly type: "fingerprinted"; readonly request: number; readonly hash: string; readonly output: string }
  | { readonly type: "captured"; readonly request: number; readonly pcapng: Uint8Array }
  /** The engine's own bug, or a refused request: shown, never swallowed. */
  | { readonly type: "trouble"; readonly fatal: boolean; readonly message: string };

/** Bytes a terminal shows. `seq`: trace events that happened before; gated output waits until the view has played them. */
export interface TerminalOutput {
  readonly terminal: number;
  readonly data: Uint8Array;
  readonly seq: number;
  /** False for the line editor's echo and prompt, which never wait for the picture. */
  readonly gated: boolean;
}

/** Entities that appeared, changed or went. */
export interface WorldChange {
  readonly places: readonly PlaceInfo[];
  readonly placesGone: readonly string[];
  readonly devices: readonly DeviceInfo[];
  readonly devicesGone: readonly string[];
  readonly processes: readonly ProcessInfo[];
  readonly processesGone: readonly number[];
  /** Trace position at which this became true. */
  readonly seq: number;
}

/** A command that causes packets: "ping -c 1 11.11.0.2" typed at C0w1/c1. */
export interface JourneyInfo {
  readonly id: number;
  readonly label: string;
  readonly place: string;
  readonly startSeq: number;
  /** Terminal it was typed in, 0 when by none (set-up, daemons). */
  readonly terminal: number;
}

export interface LessonState {
  readonly id: string;
  /** The lesson's `vars` resolved in this world: {"c2": "11.11.0.2"}. */
  readonly vars: Readonly<Record<string, string>>;
  readonly steps: readonly LessonStepState[];
}
export interface LessonStepState {
  readonly id: string;
  readonly done: boolean;
  /** One a top-level condition: the sentence, and what was found. */
  readonly checks: readonly { readonly text: string; readonly ok: boolean; readonly found: string }[];
  /** Keys of the `say` texts whose `when` is true now. */
  readonly diagnoses: readonly string[];
}
