import type { Point } from "./plan.ts";

/** A canvas over the graph, sharp on every screen, whose drawing is in plan units. */
export class Layer {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;

  constructor(host: HTMLElement, className: string) {
    this.#canvas = document.createElement("canvas");
    this.#canvas.className = className;
    this.#canvas.setAttribute("aria-hidden", "true");
    host.append(this.#canvas);
    const ctx = this.#canvas.getContext("2d");
    if (!ctx) throw new Error("this browser has no 2D canvas");
    this.#ctx = ctx;
  }

  /** Clears and returns the context with the camera applied. Sizes in CSS pixels. */
  begin(w: number, h: number, zoom: number, pan: Point): CanvasRenderingContext2D {
    const ratio = globalThis.devicePixelRatio || 1;
    const [pw, ph] = [Math.round(w * ratio), Math.round(h * ratio)];
    if (this.#canvas.width !== pw || this.#canvas.height !== ph) {
      this.#canvas.width = pw;
      this.#canvas.height = ph;
    }
    this.#ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.#ctx.clearRect(0, 0, pw, ph);
    this.#ctx.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * pan.x, ratio * pan.y);
    this.#ctx.globalAlpha = 1;
    return this.#ctx;
  }

  remove(): void { this.#canvas.remove(); }
}
