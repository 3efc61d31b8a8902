import { START_SEC } from "../os/box.ts";
import { encodeEnhancedPacket, encodeInterface, encodeSectionHeader } from "../wire/pcapng.ts";
import type { Lab } from "./lab.ts";

const ETHERNET = 1;
/** Frames kept at most: about 100 MB of small ones. */
const LIMIT = 1_000_000;

/** Every frame on every cable from now on, as a pcapng file with one interface a sending device. */
export class CaptureFile {
  readonly #interfaces = new Map<string, number>();
  readonly #headers: Uint8Array[] = [encodeSectionHeader()];
  readonly #packets: Uint8Array[] = [];
  readonly #only: string | null;

  /** `only`: a device "place:name" whose sent frames are kept, null = all. */
  constructor(lab: Lab, only: string | null = null) {
    this.#only = only;
    lab.box.world.capture = (dev, frame) => this.#take(dev.id, frame, lab.sim.nowNs);
  }

  #take(device: string, frame: Uint8Array, nowNs: number): void {
    if (this.#packets.length >= LIMIT || (this.#only !== null && this.#only !== device)) return;
    const iface = this.#interface(device);
    const sec = START_SEC + Math.floor(nowNs / 1e9);
    this.#packets.push(encodeEnhancedPacket(iface, { sec, nsec: nowNs % 1e9, wireLength: frame.length, bytes: frame.slice() }));
  }

  #interface(device: string): number {
    const known = this.#interfaces.get(device);
    if (known !== undefined) return known;
    this.#headers.push(encodeInterface({ name: device, linkType: ETHERNET, snapLength: 262144 }));
    this.#interfaces.set(device, this.#interfaces.size);
    return this.#interfaces.size - 1;
  }

  bytes(): Uint8Array {
    const parts = [...this.#headers, ...this.#packets];
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}
