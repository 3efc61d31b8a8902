import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { asText, fromByteString } from "../lib/bytes.ts";
import { Out } from "../lib/out.ts";
import type { GlobalConfig, OperationConfig } from "./config.ts";
import type { Sink } from "./easy.ts";
import type { Messages } from "./messages.ts";

/** Where one transfer's output goes: stdout, or a file that is made when the first byte comes. */
export class Output implements Sink {
  /** undefined = stdout. */
  fileName: string | undefined;
  bytes = 0;
  numHeaders = 0;
  headerOut: Out | undefined;
  /** Content-Disposition may name the file. */
  takesName = false;
  readonly #sys: Sys;
  readonly #config: OperationConfig;
  readonly #global: GlobalConfig;
  readonly #messages: Messages;
  #stream: Out | undefined;
  #fd = -1;
  #emptyLineCame = false;
  #nameFromServer = false;
  /** Bytes that a resumed file had. */
  init = 0;

  constructor(config: OperationConfig, global: GlobalConfig, messages: Messages) {
    this.#sys = messages.sys;
    this.#config = config;
    this.#global = global;
    this.#messages = messages;
  }

  get isFile(): boolean {
    return this.fileName !== undefined || this.takesName;
  }

  get stream(): Out | undefined {
    return this.isFile ? this.#stream : this.#messages.stdout;
  }

  /** The body shows itself on a terminal. */
  get onTerminal(): boolean {
    return !this.isFile && this.#sys.isatty(STDOUT);
  }

  /** Opens the file for appending: a transfer that goes on. */
  *resume(name: string): Task<boolean> {
    const fd = this.#sys.open(asText(name), { write: true, create: true, append: true }, this.#config.createFileMode);
    if (isErrno(fd)) {
      yield* this.#messages.error(`Can't open '${name}'!`);
      return false;
    }
    this.#use(fd);
    return true;
  }

  #use(fd: number): void {
    this.#fd = fd;
    this.#stream = new Out(this.#sys, fd, "full");
  }

  /** Makes the file now; false with a warning when that cannot be done. */
  *create(): Task<boolean> {
    if (this.stream !== undefined) return true;
    const name = this.fileName ?? "";
    if (name === "") {
      yield* this.#messages.warn("Remote filename has no length!");
      return false;
    }
    const path = this.#nameFromServer && this.#config.outputDir !== undefined ? `${this.#config.outputDir}/${name}` : name;
    const fd = this.#open(path);
    if (isErrno(fd)) {
      yield* this.#messages.warn(`Failed to open the file ${path}: ${strerror(fd)}`);
      return false;
    }
    this.#use(fd);
    return true;
  }

  #open(path: string): number | ReturnType<Sys["open"]> {
    const clobber = this.#config.clobber;
    const mode = this.#config.createFileMode;
    if (clobber === "always" || (clobber === "default" && !this.#nameFromServer)) return this.#sys.open(asText(path), { write: true, create: true, truncate: true }, mode);
    let fd = this.#sys.open(asText(path), { write: true, create: true, exclusive: true }, mode);
    for (let n = 1; clobber === "never" && (fd === "EEXIST" || fd === "EISDIR") && n < 100; n++) {
      this.fileName = `${path}.${n}`;
      fd = this.#sys.open(asText(this.fileName), { write: true, create: true, exclusive: true }, mode);
    }
    return fd;
  }

  *header(line: string, status: number): Task<boolean> {
    if (this.headerOut !== undefined) {
      yield* this.headerOut.bytes(line);
      yield* this.headerOut.flush();
    }
    if (this.takesName && this.#stream === undefined && !(yield* this.#contentDisposition(line))) return false;
    if (line.includes(":")) {
      if (this.#emptyLineCame) this.numHeaders = 0;
      this.#emptyLineCame = false;
      this.numHeaders++;
    } else if (/^[\r\n]/.test(line)) this.#emptyLineCame = true;
    if (!this.#config.showHeaders) return true;
    if (!(yield* this.create())) return false;
    yield* this.#out(this.#styled(line, status));
    return true;
  }

  /** Names of fields are bold on a terminal. */
  #styled(line: string, _status: number): string {
    const colon = line.indexOf(":");
    if (colon < 0 || !this.onTerminal || !this.#global.styledOutput) return line;
    return `\x1b[1m${line.slice(0, colon)}\x1b[0m:${line.slice(colon + 1)}`;
  }

  *#contentDisposition(line: string): Task<boolean> {
    if (!/^content-disposition:/i.test(line)) return true;
    const name = /[;\s]filename=(?:"([^"]*)"|'([^']*)'|([^;\r\n]*))/i.exec(line);
    const base = (name?.[1] ?? name?.[2] ?? name?.[3] ?? "").split(/[/\\]/).at(-1) ?? "";
    if (base !== "") {
      this.fileName = base;
      this.#nameFromServer = true;
    }
    return yield* this.create();
  }

  *body(data: Uint8Array): Task<boolean> {
    if (!(yield* this.create())) return false;
    if (this.onTerminal && this.bytes < 2000 && !this.#config.binaryToTerminal && data.includes(0)) {
      yield* this.#messages.warn('Binary output can mess up your terminal. Use "--output -" to tell curl to output it to your terminal anyway, or consider "--output <FILE>" to save to a file.');
      this.#config.syntheticError = true;
      return false;
    }
    yield* this.stream!.raw(data.slice());
    this.bytes += data.length;
    if (this.#config.noBuffer) yield* this.stream!.flush();
    return this.stream!.error === undefined;
  }

  *#out(text: string): Task<void> {
    yield* this.stream!.raw(fromByteString(text));
  }

  /** Throws away what a failed attempt wrote to a file. */
  *truncate(): Task<void> {
    if (this.bytes === 0 || this.#stream === undefined || this.fileName === undefined) return;
    if (!this.#global.silent) yield* this.#messages.raw(`Throwing away ${this.bytes} bytes\n`);
    yield* this.#stream.flush();
    const kept = this.init > 0 ? this.#sys.readFile(asText(this.fileName)) : new Uint8Array(0);
    this.#sys.close(this.#fd);
    this.#sys.writeFile(asText(this.fileName), isErrno(kept) ? new Uint8Array(0) : kept.slice(0, this.init));
    yield* this.resume(this.fileName);
    this.bytes = 0;
  }

  /** Ends the output; false when bytes could not be written. */
  *close(): Task<boolean> {
    if (this.headerOut !== undefined) yield* this.headerOut.flush();
    const { stream } = this;
    if (stream === undefined) return true;
    yield* stream.flush();
    if (this.isFile) this.#sys.close(this.#fd);
    return stream.error === undefined;
  }

  get created(): boolean {
    return this.#stream !== undefined;
  }
}
