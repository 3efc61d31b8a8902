import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { STDERR, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import { Out } from "../lib/out.ts";
import type { Attempt, Outcome } from "./exchange.ts";
import { makeParents } from "./files.ts";
import { Bar, Dots, type Gauge } from "./gauge.ts";

/** The one stream of -O. */
export class OutputStream {
  readonly #out: Out;
  readonly fd: number;

  constructor(sys: Sys, fd: number) {
    this.fd = fd;
    // What came is flushed at once.
    this.#out = new Out(sys, fd, "none");
  }

  *write(data: Uint8Array): Task<boolean> {
    yield* this.#out.raw(data.slice());
    return this.#out.error === undefined;
  }

  *flush(): Task<void> {
    yield* this.#out.flush();
  }
}

/** Opens what -O names; the words for what went wrong, if something did. */
export function openDocument(sys: Sys, name: string, append: boolean): OutputStream | string {
  if (name === "-") return new OutputStream(sys, STDOUT);
  const fd = sys.open(asText(name), { write: true, create: true, ...(append ? { append: true } : { truncate: true }) }, 0o666);
  return isErrno(fd) ? `${name}: ${strerror(fd)}\n` : new OutputStream(sys, fd);
}

/** Where one document is written, and the gauge beside it. */
export interface Target {
  write(data: Uint8Array): Task<boolean>;
  gauge(length: number, skip: number): Task<Gauge | undefined>;
  end(): Task<void>;
}

/** Opens the file, or takes the stream of -O, and says so. */
export function* openOutput(a: Attempt): Task<Target | Outcome> {
  const { log, document, options } = a;
  const name = document.localFile ?? "";
  let stream = a.output;
  if (stream === undefined) {
    makeParents(log.sys, name);
    const append = document.restartAt > 0;
    const fd = log.sys.open(asText(name), { write: true, create: true, ...(append ? { append: true } : { truncate: true }) }, 0o666);
    if (isErrno(fd)) {
      yield* log.put("not-quiet", `${name}: ${strerror(fd)}\n`);
      yield* log.put("verbose", "\n");
      yield* log.put("not-quiet", `Cannot write to ${log.quote(name)} (${strerror(fd)}).\n`);
      return "FOPENERR";
    }
    stream = new OutputStream(log.sys, fd);
  }
  yield* log.put("verbose", `Saving to: ${log.quote(name === "-" ? "STDOUT" : name)}\n`);
  const own = stream;
  return {
    write: (data) => own.write(data),
    gauge: (length, skip) => beginGauge(a, length, skip, options.prefix !== undefined ? name.slice(options.prefix.length + 1) : name),
    *end() {
      yield* own.flush();
      if (a.output === undefined) log.sys.close(own.fd);
    },
  };
}

function* beginGauge(a: Attempt, length: number, skip: number, name: string): Task<Gauge | undefined> {
  const { log, options, document } = a;
  if (!options.showProgress) return undefined;
  const start = skip > 0 ? 0 : document.restartAt;
  const total = start + Math.max(0, length);
  const drawn = options.progress === "bar-forced" || (options.progress === "bar" && log.onTerminal);
  const size = log.sys.windowSize(STDERR);
  const gauge = drawn ? new Bar(log, name, start, total, isErrno(size) || size.cols === 0 ? 80 : size.cols) : new Dots(log, options.dots, start, total);
  yield* gauge.begin();
  return gauge;
}

