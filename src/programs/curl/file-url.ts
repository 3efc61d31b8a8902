import { isErrno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import { formatDate } from "../lib/date.ts";
import type { CurlCode } from "./codes.ts";
import type { Easy } from "./easy.ts";
import { decodeUrlPart, type CurlUrl } from "./url.ts";

const BUFFER_BYTES = 102_400;

/** file:// — a copy, with a little head when one is asked for. */
export function* transferFile(easy: Easy, url: CurlUrl): Task<CurlCode> {
  const path = decodeUrlPart(url.path);
  if (easy.source !== undefined) return yield* easy.fail("UNSUPPORTED_PROTOCOL", "uploads to file:// URLs: not simulated here");
  const code = yield* copyOut(easy, path);
  if (code !== "FILE_COULDNT_READ_FILE") yield* easy.messages.raw(easy.progress.done(easy.nowUs));
  easy.info.downSize = easy.progress.down.bytes;
  yield* easy.tell("Closing connection 0");
  return code;
}

function* copyOut(easy: Easy, path: string): Task<CurlCode> {
  const { sys } = easy;
  const fd = sys.open(asText(path), { read: true });
  const stat = isErrno(fd) ? fd : sys.fstat(fd);
  if (isErrno(fd) || isErrno(stat) || stat.kind === "dir") return yield* easy.fail("FILE_COULDNT_READ_FILE", `Couldn't open file ${path}`);
  yield* easy.tick();
  try {
    if (easy.config.noBody || easy.config.showHeaders) {
      const date = formatDate("%a, %d %b %Y %H:%M:%S GMT", { sec: stat.mtimeSec, nsec: 0 });
      for (const line of [`Content-Length: ${stat.size}\r\n`, "Accept-ranges: bytes\r\n", `Last-Modified: ${date}\r\n`, "\r\n"]) if (!(yield* easy.sink.header(line, 200))) return "WRITE_ERROR";
      if (easy.config.noBody) return "OK";
    }
    easy.progress.down.size = stat.size;
    return yield* copyBytes(easy, fd);
  } finally {
    sys.close(fd);
  }
}

function* copyBytes(easy: Easy, fd: number): Task<CurlCode> {
  for (;;) {
    const data = yield* easy.sys.read(fd, BUFFER_BYTES);
    if (isErrno(data) || data.length === 0) return "OK";
    easy.progress.down.bytes += data.length;
    if (!(yield* easy.sink.body(data))) return yield* easy.fail("WRITE_ERROR", "Failure writing output to destination");
    yield* easy.tick();
  }
}
