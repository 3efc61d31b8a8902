import { type Errno, strerror } from "../../net/uapi/errno.ts";

/** Why a test ended before its time. `errno`: the system's word is added where iperf3 adds it. */
export interface Failure {
  readonly failed: string;
  readonly errno?: Errno;
  /** The other side's doing: a server says so and goes on. */
  readonly theirs?: boolean;
}

export const failure = (failed: string, errno?: Errno): Failure => (errno === undefined ? { failed } : { failed, errno });
export const theirDoing = (failed: string): Failure => ({ failed, theirs: true });
export const isFailure = (value: unknown): value is Failure => typeof value === "object" && value !== null && "failed" in value;

/** iperf_strerror. */
export const failureText = (f: Failure): string => (f.errno === undefined ? f.failed : `${f.failed}: ${strerror(f.errno)}`);

/** A time limit, a size: what iperf3 says of parameters that cannot be. */
export const WRONG = {
  both: "cannot be both server and client", noRole: "must either be a client (-c) or server (-s)",
  serverOnly: "some option you are trying to set is server only", clientOnly: "some option you are trying to set is client only",
  duration: "test duration too long (maximum = 86400 seconds)", streams: "number of parallel streams too large (maximum = 128)",
  blockSize: "block size too large (maximum = 1048576 bytes)", udpBlockSize: "block size invalid (minimum = 16 bytes, maximum = 65507 bytes)",
  bufferSize: "socket buffer size too large (maximum = 536870912 bytes)", interval: "invalid report interval (min = 0.1, max = 60 seconds)",
  mss: "TCP MSS too large (maximum = 9216 bytes)", omit: "bogus value for --omit", port: "port number must be between 1 and 65535 inclusive",
  format: "bad format specifier (valid formats are in the set [kmgtKMGT])", tos: "bad TOS value (must be between 0 and 255 inclusive)",
  end: "only one test end condition (-t, -n, -k) may be specified", burst: "invalid burst count (maximum = 1000)", cport: "--bind must be specified to use --cport",
} as const;
