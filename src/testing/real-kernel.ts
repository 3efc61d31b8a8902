import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "./transcript.ts";

/** Something that runs commands one after the other and keeps what they did. */
export interface Machine {
  run(where: string, command: string): Promise<Output>;
  dispose(): Promise<void>;
}

/** A command of a place: in `box` as it is, elsewhere in the network namespace of that name. */
export const inPlace = (where: string, command: string): string =>
  where === "box" ? command : `ip netns exec ${where} bash -c '${command.replace(/'/g, "'\\''")}'`;

const TOOLS = ["unshare", "nsenter", "ip", "bridge", "ping", "tcpdump", "bash", "timeout", "sysctl"];
const PING_VERSION = "20221126";

/** Why this machine cannot run the commands on its own kernel; null when it can. */
export function whyNotReal(): string | null {
  if (process.platform !== "linux") return "not Linux";
  if (process.getuid?.() !== 0) return "not root";
  const missing = TOOLS.filter((tool) => spawnSync("which", [tool]).status !== 0);
  if (missing.length > 0) return `missing: ${missing.join(" ")}`;
  if (!String(spawnSync("ping", ["-V"]).stdout).includes(PING_VERSION)) return `ping is not of iputils ${PING_VERSION}`;
  if (spawnSync("unshare", ["-n", "-m", "-p", "-u", "-f", "true"]).status !== 0) return "namespaces may not be made";
  return null;
}

/** Tools that only some scripts use: how each tells its version, and the version that was recorded. */
const SOME_SCRIPTS_USE: readonly (readonly [tool: string, args: readonly string[], says: string])[] = [
  ["nft", ["-v"], "v1.0.6"], ["iptables", ["-V"], "v1.8.9 (nf_tables)"], ["conntrack", ["-V"], "v1.4.7"], ["brctl", ["-V"], ""], ["sed", ["--version"], "4.9"],
  ["ifconfig", ["-V"], "net-tools 2."],
  ["nginx", ["-v"], "nginx/1.22.1"], ["python3", ["-V"], "Python 3.11"],
  ["dig", ["-v"], "DiG 9.18.49-1~deb12u3-Debian"], ["dnsmasq", ["-v"], "version 2.90"],
];

/** Why a script of these commands cannot run here: a tool that is missing or of another version; null when it can. */
export function lacking(commands: readonly string[]): string | null {
  const text = commands.join("\n");
  for (const [tool, args, says] of SOME_SCRIPTS_USE) {
    if (!new RegExp(`\\b${tool}\\b`).test(text)) continue;
    const { status, stdout, stderr } = spawnSync(tool, args);
    if (status === null) return `${tool} is missing`;
    if (!`${stdout}${stderr}`.includes(says)) return `${tool} is not ${says}`;
  }
  if (/\bnft\b/.test(text) && spawnSync("unshare", ["-n", "nft", "add", "table", "t"]).status !== 0) return "this kernel has no nf_tables";
  return null;
}

/** Turns IPv6 off in every namespace there is: the simulator has none yet, and its chatter would be counted. */
const QUIET_IPV6 = "for n in /run/netns/*; do [ -e \"$n\" ] && nsenter --net=\"$n\" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done; "
  + "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1";

/** A private machine on this kernel: own network, mounts, processes and name; nothing leaves it. */
export class RealMachine implements Machine {
  readonly #holder: ChildProcess;
  readonly #dir = mkdtempSync(join(tmpdir(), "knetsim-real-"));
  #pid = 0;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async create(): Promise<RealMachine> {
    const setup = "mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns && mount -t tmpfs none /run/netns; }; mount -t sysfs none /sys; hostname box; ip link set lo up; echo $$ ready; exec sleep 100000";
    const holder = spawn("unshare", ["-n", "-m", "-p", "-u", "-f", "--mount-proc", "--propagation", "private", "--kill-child=SIGKILL", "bash", "-c", setup], { stdio: ["ignore", "pipe", "ignore"] });
    const machine = new RealMachine(holder);
    await new Promise<void>((resolve) => holder.stdout?.once("data", () => resolve()));
    machine.#pid = Number(String(spawnSync("pgrep", ["-P", String(holder.pid)]).stdout).trim());
    await machine.#exec(QUIET_IPV6);
    return machine;
  }

  async run(where: string, command: string): Promise<Output> {
    const output = await this.#exec(inPlace(where, command));
    if (/\bnetns add\b/.test(command)) await this.#exec(QUIET_IPV6);
    return output;
  }

  #exec(command: string): Promise<Output> {
    const target = ["-t", String(this.#pid), "-n", "-m", "-p", "-u", "--", "bash", "-c", `cd ${this.#dir}; ${command}`];
    const env = { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", TZ: "UTC", LC_ALL: "C.UTF-8" };
    return new Promise((resolve) => {
      const p = spawn("nsenter", target, { env, stdio: ["ignore", "pipe", "pipe"] });
      const parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
      p.stdout.on("data", (b: Buffer) => parts.stdout.push(b));
      p.stderr.on("data", (b: Buffer) => parts.stderr.push(b));
      p.on("close", (code) => resolve({ stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString(), exit: code ?? 255 }));
    });
  }

  async dispose(): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once("close", resolve));
    process.kill(this.#pid, "SIGKILL");
    await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
