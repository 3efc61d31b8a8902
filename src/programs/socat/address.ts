/** One side of socat(1): `KEYWORD:param:param,option,option=value`. */
export type Address =
  | { readonly is: "stdio" | "stdin" | "stdout" }
  | { readonly is: "open"; readonly path: string; readonly create: boolean }
  | { readonly is: "exec"; readonly argv: readonly string[] }
  | { readonly is: "connect"; readonly proto: Proto; readonly host: string; readonly port: string }
  | { readonly is: "listen"; readonly proto: Proto; readonly port: string }
  | { readonly is: "recv"; readonly port: string }
  | { readonly is: "sendto"; readonly host: string; readonly port: string }
  | { readonly is: "unix-connect" | "unix-listen"; readonly path: string };
export type Proto = "tcp" | "udp";

export interface Side {
  readonly address: Address;
  readonly options: ReadonlyMap<string, string>;
}

/** Options and their other names; what is not here is refused. */
const OPTIONS: Readonly<Record<string, string>> = {
  fork: "fork", reuseaddr: "reuseaddr", "so-reuseaddr": "reuseaddr", reuseport: "reuseport", "so-reuseport": "reuseport", sourceport: "sourceport", sp: "sourceport", bind: "bind",
  trunc: "trunc", creat: "creat", create: "creat", append: "append", broadcast: "broadcast", "so-broadcast": "broadcast", ttl: "ttl", tos: "tos", backlog: "backlog",
  "unlink-early": "unlink-early", keepalive: "keepalive", "so-keepalive": "keepalive", nodelay: "nodelay", "tcp-nodelay": "nodelay",
};

/** Addresses of socat(1) that are not built. */
const NOT_BUILT = /^(abstract.*|fd|gopen|interface|ip.*|openssl.*|ssl.*|pipe|fifo|posixmq.*|proxy.*|pty|readline|sctp.*|shell|socket.*|socks.*|tcp6.*|tun|udp6.*|udp.*|udplite.*|unix.*|vsock.*|dccp.*|if|create|rawip.*|datagram.*|sendto.*|stdin|stdout|tcp.*)$/;

/** Null-free: what is wrong comes back as words. */
export function parseSide(text: string): Side | { readonly error: string } {
  if (text.includes("!!")) return { error: "!!: not simulated here" };
  const [head = "", ...rest] = text.split(",");
  const options = new Map<string, string>();
  for (const word of rest) {
    const [name = "", value = "1"] = word.split("=");
    const known = OPTIONS[name.toLowerCase()];
    if (known === undefined) return { error: `option "${name}": not simulated here` };
    options.set(known, value);
  }
  const address = parseAddress(head);
  return "error" in address ? address : { address, options };
}

function parseAddress(head: string): Address | { readonly error: string } {
  if (head === "-") return { is: "stdio" };
  const [keyword = "", ...params] = head.split(":");
  const name = keyword.toLowerCase();
  const tail = head.slice(keyword.length + 1);
  if (name === "stdio" || name === "stdin" || name === "stdout") return { is: name };
  if (name === "open" || name === "gopen") return { is: "open", path: tail, create: false };
  if (name === "create" || name === "creat") return { is: "open", path: tail, create: true };
  if (name === "exec") return { is: "exec", argv: tail.split(" ").filter((w) => w !== "") };
  if (name === "system") return { is: "exec", argv: ["sh", "-c", tail] };
  if (name === "unix" || name === "unix-connect") return { is: "unix-connect", path: tail };
  if (name === "unix-listen" || name === "unix-l") return { is: "unix-listen", path: tail };
  const inet = /^(tcp|udp)4?(?:-(connect|listen|l|recv|sendto))?$/.exec(name);
  if (inet === null && !NOT_BUILT.test(name)) return { error: `unknown device/address "${keyword}"` };
  return inet === null ? { error: `${keyword}: not simulated here` } : inetAddress(inet[1] === "tcp" ? "tcp" : "udp", inet[2] ?? "connect", keyword, params);
}

function inetAddress(proto: Proto, verb: string, keyword: string, params: readonly string[]): Address | { readonly error: string } {
  const listens = verb === "listen" || verb === "l" || verb === "recv";
  if (params.length !== (listens ? 1 : 2)) return { error: `${keyword}: wrong number of parameters (${params.length} instead of ${listens ? 1 : 2})` };
  if (proto === "tcp" && (verb === "recv" || verb === "sendto")) return { error: `${keyword}: not simulated here` };
  const [first = "", second = ""] = params;
  if (verb === "recv") return { is: "recv", port: first };
  if (listens) return { is: "listen", proto, port: first };
  return verb === "sendto" ? { is: "sendto", host: first, port: second } : { is: "connect", proto, host: first, port: second };
}
