import type { ExitStatus } from "../os/process.ts";
import { signalNumber } from "../os/signals.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import type { Lab } from "./lab.ts";

/** What a command may be given. */
export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Written into the working directory first. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Where runs stand, and where their files are. */
export const WORK_DIR = "/root/work";
/** A command that runs longer than this (simulated) is taken for endless: its status is 137. */
const LIMIT_NS = 24 * 3600 * 1e9;
/** The same for commands that burn no simulated time worth speaking of. */
const LIMIT_STEPS = 30_000_000;

/** Runs a command line in a fresh bash at a place until it ends; simulated time runs as fast as it can. Throws on an unknown place. */
export function runToEnd(lab: Lab, placeId: string, command: string, options: RunOptions = {}): RunResult {
  const { kernel } = lab;
  kernel.makeDirs(WORK_DIR);
  for (const [name, content] of Object.entries(options.files ?? {})) kernel.writeFile(`${WORK_DIR}/${name}`, bytesOf(content));
  const stdout = kernel.newCapture();
  const stderr = kernel.newCapture();
  const code = start(lab, placeId, command, options, [kernel.newFeed(bytesOf(options.stdin ?? "")), stdout, stderr]);
  return { stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), code };
}

function start(lab: Lab, placeId: string, command: string, options: RunOptions, stdio: Parameters<Lab["kernel"]["start"]>[0]["stdio"]): number {
  const { kernel } = lab;
  const place = lab.place(placeId);
  if (place === undefined) throw new Error(`no place ${placeId}; there are ${lab.places().map((p) => p.id).join(" ")}`);
  let status: ExitStatus | null = null;
  const p = kernel.start({
    run: "/usr/bin/bash", argv: ["bash", "-c", command], cwd: WORK_DIR, stdio, journey: kernel.newJourney(command, kernel.init),
    env: new Map([...lab.env, ["LC_ALL", "C.UTF-8"], ...Object.entries(options.env ?? {})] as [string, string][]),
    ns: lab.namespacesAt(place), onExit: (s) => (status = s),
  });
  if (typeof p === "string") throw new Error(`bash: ${p}`);
  stepUntil(lab, () => status !== null);
  return status === null ? 137 : exitCode(status);
}

function stepUntil(lab: Lab, done: () => boolean): void {
  const { sim } = lab;
  const limitNs = sim.nowNs + LIMIT_NS;
  for (let i = 0; i < LIMIT_STEPS && !done(); i++) if (sim.nowNs > limitNs || !sim.step()) return;
}

const bytesOf = (content: Uint8Array | string): Uint8Array => (typeof content === "string" ? utf8(content) : content);

/** Shell convention: 128 + signal number for the killed. */
const exitCode = (status: ExitStatus): number => (status.is === "exited" ? status.code : 128 + signalNumber(status.signal));
