import type { ToEngine, ToPage } from "../../protocol/messages.ts";
import type { TraceBatch } from "../../protocol/trace-batch.ts";

/** The page's end of the line to the engine. */
export interface EngineLink {
  send(message: ToEngine): void;
  close(): void;
}

export interface EngineListener {
  onMessage(message: ToPage): void;
  /** The engine is gone; nothing more will come. */
  onCrash(reason: string): void;
}

/** Opens a line to a fresh engine. A crash is answered by opening another. */
export type OpenEngine = (listener: EngineListener) => EngineLink;

/** The engine in a Web Worker. */
export function linkToWorker(makeWorker: () => Worker): OpenEngine {
  return (listener) => {
    const worker = makeWorker();
    worker.onmessage = (event: MessageEvent<ToPage>) => { listener.onMessage(event.data); };
    worker.onerror = (event) => { listener.onCrash(event.message === "" ? "the engine could not be loaded" : event.message); };
    worker.onmessageerror = () => { listener.onCrash("a message from the engine could not be read"); };
    return {
      send: (message) => { worker.postMessage(message, message.type === "ack" ? buffersOf(message.batch) : []); },
      close: () => { worker.terminate(); },
    };
  };
}

/** A batch's memory goes back to the engine, which fills it again. */
function buffersOf(batch: TraceBatch): ArrayBufferLike[] & Transferable[] {
  const found = new Set<ArrayBuffer>();
  for (const value of Object.values(batch) as unknown[]) {
    if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  }
  return [...found];
}
