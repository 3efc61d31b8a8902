import { STDERR, STDIN } from "../../os/sys.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { LINKTYPE_LINUX_SLL2 } from "../../wire/pcap.ts";
import { CaptureReader } from "../../wire/pcap-reader.ts";
import type { CaptureHeader } from "../../wire/pcap-reader.ts";
import type { Filter } from "./filter/compile.ts";
import type { Settings } from "./options.ts";
import { canPrint } from "./print/packet.ts";
import { Sink } from "./sink.ts";
import { compileFor, die, linkText } from "./session.ts";
import type { Interrupt } from "./session.ts";

const CHUNK_BYTES = 65536;

/** A capture file being read. */
interface Source {
  readonly sys: Sys;
  readonly fd: number;
  readonly reader: CaptureReader;
  readonly interrupt: Interrupt;
}

/** -r: prints or copies the packets of a file, or of stdin while they come. */
export function* readFile(sys: Sys, name: string, settings: Settings, interrupt: Interrupt): Task<number> {
  const path = settings.readFile ?? "-";
  const fd = path === "-" ? STDIN : sys.open(path, { read: true });
  if (isErrno(fd)) return yield* die(sys, name, `${path}: ${strerror(fd)}`);
  const source: Source = { sys, fd, reader: new CaptureReader(), interrupt };
  const header = yield* readHeader(source);
  if (typeof header === "string") return yield* die(sys, name, header);
  const warning = header.linkType === LINKTYPE_LINUX_SLL2 ? "Warning: interface names might be incorrect\n" : "";
  yield* sys.write(STDERR, `reading from file ${path}, ${linkText(header.linkType)}, snapshot length ${header.snapLength}\n${warning}`);
  const filter = yield* compileFor(sys, settings, header.linkType, false);
  if (typeof filter === "string") return yield* die(sys, name, filter);
  if (settings.writeFile === null && !canPrint(header.linkType)) return yield* die(sys, name, `printing ${linkText(header.linkType)}: not simulated here`);
  const sink = new Sink(sys, settings, header.linkType);
  const refused = yield* sink.open(header.snapLength);
  if (refused !== null) return yield* die(sys, name, refused);
  const error = yield* copy(source, settings, filter, sink);
  yield* sink.end(interrupt.hit);
  if (error !== null) yield* sys.write(STDERR, `${name}: pcap_loop: ${error}\n`);
  if (settings.countOnly) {
    yield* sink.out.text(`${sink.packets} packet${sink.packets === 1 ? "" : "s"}\n`);
    yield* sink.out.flush();
  }
  return error === null ? 0 : 1;
}

/** The header, or libpcap's words for what is wrong. */
function* readHeader(s: Source): Task<CaptureHeader | string> {
  for (;;) {
    const header = s.reader.header();
    if (header.is === "ok") return header.header;
    if (header.is === "bad") return header.why;
    const failed = yield* fill(s);
    if (failed !== null) return failed;
  }
}

/** Reads some more. Why it failed, `null` when it did not; interruption ends the input. */
function* fill(s: Source): Task<string | null> {
  const bytes = yield* s.sys.read(s.fd, CHUNK_BYTES);
  if (isErrno(bytes) && bytes !== "EINTR") return `error reading dump file: ${strerror(bytes)}`;
  if (isErrno(bytes)) {
    if (s.interrupt.hit) s.reader.end();
  } else if (bytes.length === 0) s.reader.end();
  else s.reader.push(bytes);
  return null;
}

/** The packets that pass; libpcap's words when the file ends in the middle of something. */
function* copy(s: Source, settings: Settings, filter: Filter, sink: Sink): Task<string | null> {
  while (!s.interrupt.hit && !sink.failed) {
    const step = s.reader.next();
    if (step.is === "end") return null;
    if (step.is === "bad") return step.why;
    if (step.is === "more") {
      const failed = yield* fill(s);
      if (failed !== null) return failed;
      continue;
    }
    if (!filter(step.packet.bytes, step.packet.wireLength)) continue;
    yield* sink.take(step.packet);
    if (settings.count > 0 && sink.packets >= settings.count) return null;
  }
  return null;
}
