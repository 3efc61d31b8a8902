/** What may be wrong with a cable. Chances in per cent, each frame by itself; all of it works both ways. */
export interface CableFault {
  /** Added to the cable's own delay, one way. */
  readonly delayNs: number;
  /** Up to so much more or less; frames stay in order. */
  readonly jitterNs: number;
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  /** Held back until those behind have passed: by the added delay, and at least by 1 ms. */
  readonly reorderPercent: number;
  /** One bit turns over; the receiver's checksums find it. */
  readonly corruptPercent: number;
  /** 0 = no limit. Frames wait in a queue of `queueFrames` at each end; who finds it full is lost. */
  readonly rateBitsPerSec: number;
  readonly queueFrames: number;
  /** Longest packet it carries, without the Ethernet header; longer ones vanish without a word. 0 = any. */
  readonly mtuBytes: number;
}

export const NO_FAULT: CableFault = {
  delayNs: 0, jitterNs: 0, lossPercent: 0, duplicatePercent: 0, reorderPercent: 0, corruptPercent: 0, rateBitsPerSec: 0, queueFrames: 1000, mtuBytes: 0,
};

/** What can be done to a cable. Cut: both ends lose their carrier, as when the plug is pulled. A fault changes what it names and leaves the rest. */
export type CableChange = { readonly is: "cut" } | { readonly is: "mend" } | { readonly is: "fault"; readonly fault: Partial<CableFault> };
