import type { ToEngine, ToPage } from "../protocol/messages.ts";
import { Engine } from "./engine.ts";

/** The Web Worker: turns messages and the wall clock into slices of simulation of at most 4 ms. */

const SLICE_MS = 4;
const FRAME_MS = 15;
/** Between slices when there is nothing to do at once. */
const IDLE_MS = 4;

/** In a worker `self` is this, whatever the page's own types say. */
declare const self: DedicatedWorkerGlobalScope;

const post = (message: ToPage, transfer: ArrayBuffer[] = []): void => self.postMessage(message, transfer);
const engine = new Engine(post);
const clock = (): number => performance.now();
const soon = new MessageChannel();
const state = { frameMs: 0, stopped: false };

function turn(): void {
  if (state.stopped) return;
  try {
    const more = engine.slice(clock, SLICE_MS);
    flushIfDue();
    if (more) soon.port2.postMessage(null);
    else setTimeout(turn, IDLE_MS);
  } catch (error) {
    stop(error);
  }
}

function flushIfDue(): void {
  const now = clock();
  if (!engine.urgent && now - state.frameMs < FRAME_MS) return;
  state.frameMs = now;
  engine.flush(now);
}

/** Our own bug: the page shows it and offers to start again; nothing is swallowed. */
function stop(error: unknown): void {
  state.stopped = true;
  post({ type: "trouble", fatal: true, message: error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error) });
}

/** The rarer programs: fetched at once, but nobody waits for them before a learner types one. */
const late = import("../programs/registry.ts").then(({ PROGRAMS }) => { engine.supply(PROGRAMS); });
late.catch(stop);

soon.port1.onmessage = turn;
self.onmessage = async (message: MessageEvent<ToEngine>) => {
  if (message.data.type === "fingerprint") await late;
  if (state.stopped) return;
  try {
    engine.receive(message.data);
    if (message.data.type === "terminal.input") {
      engine.slice(clock, SLICE_MS);
      flushIfDue();
    }
  } catch (error) {
    stop(error);
  }
};
turn();
