import { encodePcapHeader, encodePcapRecord } from "../../wire/pcap.ts";
import type { CapturedPacket } from "../../wire/pcap.ts";
import { strerror, isErrno } from "../../net/uapi/errno.ts";
import { STDOUT } from "../../os/sys.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";
import { AddressNames } from "../lib/address-names.ts";
import { Out } from "../lib/out.ts";
import { links } from "./devices.ts";
import { filterNames, printNames } from "./names.ts";
import type { FilterNames } from "./filter/context.ts";
import type { Settings } from "./options.ts";
import { printPacket } from "./print/packet.ts";
import { newMemory } from "./print/printout.ts";
import type { PrintMemory, PrintOptions } from "./print/printout.ts";
import type { Names } from "./print/names.ts";
import { fromUtf8 } from "../../wire/text.ts";

function hostsText(sys: Sys): string {
  const hosts = sys.readFile("/etc/hosts");
  return isErrno(hosts) ? "" : fromUtf8(hosts);
}

/** Names for the filter, from this machine's files; a host name they lack goes into `asked`, with its addresses once somebody knows them. */
export const namesForFilter = (sys: Sys, asked: Map<string, readonly Ip4[]>): FilterNames => filterNames(hostsText(sys), asked);

function namesFor(sys: Sys, settings: Settings, addresses: AddressNames): Names | null {
  if (settings.numeric) return null;
  const names = printNames(hostsText(sys), addresses);
  if (!settings.shortNames) return names;
  const short = (name: string | null): string | null => name?.replace(/\..*/, "") ?? null;
  return { host4: (a) => short(names.host4(a)), host6: (a) => short(names.host6(a)), port: (p, n) => names.port(p, n) };
}

/** Where captured packets go: lines on stdout, a capture file, or both. */
export class Sink {
  /** Packets taken so far. */
  packets = 0;
  readonly out: Out;
  #file: Out | null = null;
  #fileFd = -1;
  readonly #settings: Settings;
  readonly #linkType: number;
  readonly #opts: PrintOptions;
  readonly #memory: PrintMemory = newMemory();
  readonly #sys: Sys;
  readonly #addresses: AddressNames;

  constructor(sys: Sys, settings: Settings, linkType: number) {
    this.#sys = sys;
    this.#settings = settings;
    this.#linkType = linkType;
    this.out = new Out(sys, STDOUT);
    if (settings.lineBuffered) this.out.buffering = "line";
    this.#addresses = new AddressNames(sys);
    const names = namesFor(sys, settings, this.#addresses);
    this.#opts = { ...settings, names, ifName: (index) => links(sys).find((l) => l.ifindex === index)?.name ?? null };
  }

  /** Opens the file of -w and writes its header; otherwise why not. */
  *open(snapBytes: number): Task<string | null> {
    const path = this.#settings.writeFile;
    if (path === null) return null;
    const fd = path === "-" ? STDOUT : this.#sys.open(path, { write: true, create: true, truncate: true }, 0o644);
    if (isErrno(fd)) return `${path}: ${strerror(fd)}`;
    this.#fileFd = fd;
    this.#file = new Out(this.#sys, fd, this.#settings.packetBuffered ? "none" : "full");
    yield* this.#file.raw(encodePcapHeader({ linkType: this.#linkType, snapLength: snapBytes, nanos: this.#settings.nanos }));
    return null;
  }

  *take(packet: CapturedPacket): Task<void> {
    this.packets++;
    if (this.#file !== null) yield* this.#file.raw(encodePcapRecord(packet, this.#settings.nanos));
    const shown = this.#file === null ? !this.#settings.countOnly : this.#settings.print;
    if (!shown) return;
    yield* this.#learnNames(packet);
    yield* this.out.text(printPacket(packet, this.#linkType, this.packets, this.#opts, this.#memory));
  }

  /** Asks for the names of addresses in the packet: a first print that nobody sees tells which. */
  *#learnNames(packet: CapturedPacket): Task<void> {
    if (this.#opts.names === null) return;
    printPacket(packet, this.#linkType, this.packets, this.#opts, newMemory());
    yield* this.#addresses.learn();
  }

  /** The reader of the output has gone, or the disk is full. */
  get failed(): boolean {
    return this.out.error !== undefined || (this.#file !== null && this.#file.error !== undefined);
  }

  /** Writes what is buffered; after an interruption a line may be unfinished, so that a newline goes first. */
  *end(interrupted: boolean): Task<void> {
    if (interrupted && this.#file === null) yield* this.out.text("\n");
    yield* this.out.flush();
    yield* this.#file?.flush() ?? noTask();
    if (this.#fileFd > STDOUT) this.#sys.close(this.#fileFd);
  }
}

function* noTask(): Task<void> {}
