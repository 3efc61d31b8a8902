import { STDERR, type Task } from "../../os/sys.ts";
import { fromByteString } from "../lib/bytes.ts";
import { curlStrerror, exitStatus, type CurlCode } from "./codes.ts";
import type { Easy } from "./easy.ts";
import type { Output } from "./output.ts";

/** What a finished transfer can tell. */
export interface Outcome {
  readonly easy: Easy;
  readonly output: Output;
  readonly code: CurlCode;
  readonly urlNumber: number;
  /** As it was asked for, with its pattern filled in. */
  readonly inputUrl: string;
}

type Variable = { readonly as: "text" | "number" | "time"; readonly value: (o: Outcome) => string | number | undefined };

const text = (value: (o: Outcome) => string | undefined): Variable => ({ as: "text", value });
const number = (value: (o: Outcome) => number): Variable => ({ as: "number", value });
/** Microseconds. */
const time = (value: (o: Outcome) => number): Variable => ({ as: "time", value });
const speed = (bytes: number, us: number): number => (us < 1 ? bytes * 1_000_000 : Math.trunc((bytes * 1_000_000) / us));

/** In alphabetical order, as %{json} lists them. */
const VARIABLES: Readonly<Record<string, Variable>> = {
  certs: text(() => ""),
  content_type: text((o) => o.easy.info.contentType),
  errormsg: text((o) => (o.code === "OK" ? undefined : o.easy.errorText || curlStrerror(o.code))),
  exitcode: number((o) => exitStatus(o.code)),
  filename_effective: text((o) => o.output.fileName),
  ftp_entry_path: text(() => undefined),
  http_code: number((o) => o.easy.info.httpCode),
  http_connect: number((o) => o.easy.info.connectCode),
  http_version: text((o) => o.easy.info.httpVersion || "0"),
  local_ip: text((o) => o.easy.info.localIp),
  local_port: number((o) => o.easy.info.localPort),
  method: text((o) => o.easy.info.effectiveMethod),
  num_certs: number(() => 0),
  num_connects: number((o) => o.easy.info.numConnects),
  num_headers: number((o) => o.output.numHeaders),
  num_redirects: number((o) => o.easy.info.redirects),
  proxy_ssl_verify_result: number(() => 0),
  redirect_url: text((o) => o.easy.info.redirectUrl),
  referer: text((o) => o.easy.referer),
  remote_ip: text((o) => o.easy.info.remoteIp),
  remote_port: number((o) => o.easy.info.remotePort),
  response_code: number((o) => o.easy.info.httpCode),
  scheme: text((o) => o.easy.info.scheme),
  size_download: number((o) => o.easy.info.downSize),
  size_header: number((o) => o.easy.info.headerBytes),
  size_request: number((o) => o.easy.info.requestBytes),
  size_upload: number((o) => o.easy.info.upSize),
  speed_download: number((o) => speed(o.easy.info.downSize, o.easy.progress.spentUs)),
  speed_upload: number((o) => speed(o.easy.info.upSize, o.easy.progress.spentUs)),
  ssl_verify_result: number(() => 0),
  time_appconnect: time(() => 0),
  time_connect: time((o) => o.easy.info.connectUs),
  time_namelookup: time((o) => o.easy.info.nameLookupUs),
  time_pretransfer: time((o) => o.easy.info.preTransferUs),
  time_redirect: time((o) => o.easy.info.redirectUs),
  time_starttransfer: time((o) => o.easy.info.startTransferUs),
  time_total: time((o) => o.easy.progress.spentUs),
  url: text((o) => o.inputUrl),
  url_effective: text((o) => o.easy.info.effectiveUrl),
  urlnum: number((o) => o.urlNumber),
};

const seconds = (us: number): string => `${Math.trunc(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, "0")}`;

function plain(name: string, o: Outcome): string {
  const variable = VARIABLES[name]!;
  const value = variable.value(o);
  if (value === undefined) return "";
  if (variable.as === "time") return seconds(Number(value));
  return /^(?:http_code|response_code|http_connect)$/.test(name) ? String(value).padStart(3, "0") : String(value);
}

function jsonString(value: string, lower = false): string {
  const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const body = value.replace(/[\\"\x00-\x1f]/g, (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${lower ? body.toLowerCase() : body}"`;
}

function asJson(o: Outcome): string {
  const rows = Object.entries(VARIABLES).map(([name, variable]) => {
    const value = variable.value(o);
    const shown = value === undefined ? "null" : variable.as === "text" ? jsonString(String(value)) : variable.as === "time" ? seconds(Number(value)) : String(value);
    return `"${name}":${shown},`;
  });
  return `{${rows.join("")}"curl_version":"libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13"}`;
}

function headersAsJson(o: Outcome): string {
  const byName = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of o.easy.info.fields) {
    const known = byName.get(name.toLowerCase());
    if (known === undefined) byName.set(name.toLowerCase(), { name, values: [value] });
    else known.values.push(value);
  }
  const rows = [...byName.values()].map((h) => `${jsonString(h.name, true)}:[${h.values.map((v) => jsonString(v)).join(",")}]`);
  return `{${rows.join(",\n")}\n}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** -w: %{variables}, %header{names}, backslash escapes; %{stderr} and %{stdout} turn the stream. */
export function* writeOut(format: string, o: Outcome): Task<void> {
  let toStdout = true;
  const put = function* (s: string): Task<void> {
    if (toStdout) yield* o.easy.messages.stdout.bytes(s);
    else yield* o.easy.sys.write(STDERR, fromByteString(s));
  };
  for (const [whole, name, header, escaped] of format.matchAll(/%\{([^}]*)\}|%header\{([^}]*)\}|\\([^])|%%|[^]/g)) {
    if (name !== undefined) {
      const key = name.toLowerCase();
      if (key === "onerror") {
        if (o.code === "OK") return;
      } else if (key === "stdout" || key === "stderr") toStdout = key === "stdout";
      else if (key === "json") yield* put(asJson(o));
      else if (key === "header_json") yield* put(headersAsJson(o));
      else if (Object.hasOwn(VARIABLES, key)) yield* put(plain(key, o));
      else yield* o.easy.sys.write(STDERR, fromByteString(`curl: unknown --write-out variable: '${name}'\n`));
    } else if (header !== undefined) yield* put(o.easy.info.fields.filter(([n]) => n.toLowerCase() === header.toLowerCase()).at(-1)?.[1] ?? "");
    else if (escaped !== undefined) yield* put(ESCAPES[escaped] ?? whole);
    else yield* put(whole === "%%" ? "%" : whole);
  }
}
