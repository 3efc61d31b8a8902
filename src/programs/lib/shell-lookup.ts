import type { Lookup } from "../../shell/interp/net-redirect.ts";
import { gaiStrerror, getaddrinfo } from "./resolve.ts";

/** getaddrinfo(3) for bash's /dev/tcp and /dev/udp. An empty port is port 0. */
export const shellLookup: Lookup = function* (sys, host, port, proto) {
  const found = yield* getaddrinfo(sys, host, { port: port === "" ? 0 : port, proto, onlyInet: true });
  return found.is === "found" ? found : { is: "failed", text: gaiStrerror(found.error), ofPort: found.error === "EAI_SERVICE" };
};
