import { runToEnd } from "../lab/run.ts";
import { bootScenario } from "../lab/scenario.ts";
import type { Lab } from "../lab/lab.ts";
import type { Netdev } from "../net/core/netdev.ts";
import { netifRx } from "../net/core/rx.ts";
import { Rng } from "../sim/rng.ts";
import { checksum } from "../wire/checksum.ts";

/**
 * Frames that nobody should send: those of real traffic with bytes changed, cut, repeated or grown, half of them with their
 * IPv4 checksum put right so that they get further. They come in at every device of the lab, while programs run.
 * `npx tsx src/testing/mutated-frames.ts 1000000` does a million.
 */

interface Heard {
  readonly dev: Netdev;
  readonly frame: Uint8Array;
}

const TRAFFIC = [
  "curl -s localhost:8001/svc1; curl -s 100.64.11.2:8000; ping -c 2 -s 3000 11.11.0.2", "traceroute -n -q 1 11.11.0.2; nc -z -w 1 11.11.0.2 81; ping -c 1 -R 11.11.0.2",
  "dig +tries=1 +timeout=1 @10.0.0.4 x.test; arping -c 1 -I C0w1-eth0 10.0.0.4",
];

/** Every frame that crossed a cable while programs talked. */
function listen(lab: Lab): readonly Heard[] {
  const heard: Heard[] = [];
  lab.box.world.capture = (dev, frame, outgoing) => { if (!outgoing || heard.length < 4000) heard.push({ dev, frame: frame.slice() }); };
  for (const command of TRAFFIC) runToEnd(lab, "C0w1", command);
  lab.box.world.capture = null;
  return heard;
}

function mutate(frame: Uint8Array, rng: Rng): Uint8Array {
  const kind = rng.below(8);
  const copy = kind === 0 ? frame.slice(0, rng.below(frame.length + 1)) : kind === 1 ? grown(frame, rng) : frame.slice();
  for (let n = rng.below(6); n > 0 && copy.length > 0; n--) copy[placeIn(copy.length, rng)] = interesting(rng);
  if (rng.below(2) === 0) rightIpChecksum(copy);
  return copy;
}

/** Headers more often than payload. */
const placeIn = (length: number, rng: Rng): number => rng.below(rng.below(3) === 0 ? length : Math.min(length, 120));
const interesting = (rng: Rng): number => [0, 1, 0x7f, 0x80, 0xff, 0x45, 0x4f, 0x0f, rng.below(256)][rng.below(9)]!;

function grown(frame: Uint8Array, rng: Rng): Uint8Array {
  const more = new Uint8Array(frame.length + rng.below(3000));
  more.set(frame);
  return more;
}

function rightIpChecksum(b: Uint8Array): void {
  const bytes = ((b[14] ?? 0) & 15) * 4;
  if (bytes < 20 || b.length < 14 + bytes) return;
  b[24] = b[25] = 0;
  const sum = checksum(b, 14, 14 + bytes);
  b[24] = sum >> 8;
  b[25] = sum & 255;
}

function inject(dev: Netdev, frame: Uint8Array): void {
  const skb = dev.ns.world.alloc(frame.length);
  skb.buf.set(frame, skb.start);
  skb.dev = dev;
  netifRx(skb);
}

/** Sends `count` mutated frames into the lab; answers how many, and how many programs crashed. Throws what the stack throws. */
export function floodWithMutants(count: number, seed: number): { readonly frames: number; readonly crashes: number } {
  const lab = bootScenario("two-clusters", seed)!;
  const heard = listen(lab);
  const rng = new Rng(seed);
  for (let i = 0; i < count; i++) {
    const { dev, frame } = heard[rng.below(heard.length)]!;
    inject(dev, mutate(frame, rng));
    if (i % 50 === 0) lab.pass(1_000_000);
  }
  lab.pass(200e9);
  return { frames: count, crashes: lab.kernel.crashes.length };
}

if (process.argv[1]?.endsWith("mutated-frames.ts") === true) console.log(floodWithMutants(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1)));
