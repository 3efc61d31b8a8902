import { describe, expect, it } from "vitest";
import { setCableFault } from "../../net/dev/veth.ts";
import { TcpSock } from "../../net/sock/tcp/tcp-sock.ts";
import { IPPROTO_TCP, IP_PROTO } from "../../wire/ipv4.ts";
import type { TraceEvent } from "../../net/uapi/trace.ts";
import { NetTestbed, ipOf } from "../net-testbed.ts";

const TO_B = { family: "inet", addr: ipOf("10.0.0.2"), port: 80 } as const;

function bench(backlog = 5): { readonly bed: NetTestbed; readonly listener: TcpSock; readonly client: TcpSock } {
  const bed = new NetTestbed();
  bed.wire("a e0 10.0.0.1/24", "b e0 10.0.0.2/24");
  const listener = new TcpSock(bed.host("b"));
  listener.program = "nginx";
  listener.bind({ family: "inet", addr: ipOf("0.0.0.0"), port: 80 });
  listener.listen(backlog);
  const client = new TcpSock(bed.host("a"));
  client.program = "curl";
  return { bed, listener, client };
}

const told = (bed: NetTestbed, kind: TraceEvent["kind"]): readonly TraceEvent[] => bed.events.filter((e) => e.kind === kind);
const arrows = (bed: NetTestbed, place: string): readonly string[] => told(bed, "tcp.state").filter((e) => e.place === place).map((e) => `${e.tcp!.program} ${e.tcp!.before} → ${e.tcp!.after}`);

describe("the trace of a connection", () => {
  it("both ends tell every state, with one connection id and the journey of who asked", () => {
    const { bed, listener, client } = bench();
    client.connect(TO_B, 7);
    bed.pass(0.01);
    const server = listener.accept() as TcpSock;
    client.close();
    bed.pass(0.1);
    server.close();
    bed.pass(0.1);
    expect(arrows(bed, "a")).toEqual(["curl CLOSE → SYN_SENT", "curl SYN_SENT → ESTABLISHED", "curl ESTABLISHED → FIN_WAIT1", "curl FIN_WAIT1 → FIN_WAIT2", " FIN_WAIT2 → TIME_WAIT"]);
    expect(arrows(bed, "b")).toEqual(["nginx CLOSE → LISTEN", "nginx SYN_RECV → ESTABLISHED", "nginx ESTABLISHED → CLOSE_WAIT", "nginx CLOSE_WAIT → LAST_ACK", "nginx LAST_ACK → CLOSE"]);
    const conns = bed.events.filter((e) => e.kind === "l2.tx" && e.bytes![14 + IP_PROTO] === IPPROTO_TCP).map((e) => [e.conn, e.journey]);
    expect(new Set(conns.map(String))).toEqual(new Set([String([1, 7])]));
    expect(server.journey).toBe(7);
  });

  it("data that arrives in order is told once a segment, with the program's connection", () => {
    const { bed, listener, client } = bench();
    client.connect(TO_B, 7);
    bed.pass(0.01);
    client.send({ data: new Uint8Array(3000).fill(65) }, 7);
    bed.pass(0.1);
    expect(told(bed, "app.recv").map((e) => [e.place, e.conn, e.note, e.bytes!.length])).toEqual([
      ["b", 1, "TCP port 80, 1448 bytes", 1514], ["b", 1, "TCP port 80, 1448 bytes", 1514], ["b", 1, "TCP port 80, 104 bytes", 170],
    ]);
    expect(told(bed, "app.send").map((e) => e.note)).toEqual([`TCP ${client.port} → 80, 3000 bytes`]);
    void listener;
  });

  it("a segment sent again says why before it leaves, as a whole packet", () => {
    const { bed, client } = bench();
    client.connect(TO_B, 7);
    bed.pass(0.01);
    setCableFault(bed.host("a").device("e0")!, { lossPercent: 100 });
    client.send({ data: new Uint8Array(10) }, 9);
    bed.pass(0.7);
    const again = told(bed, "tcp.retransmit");
    expect(again.length).toBeGreaterThan(1);
    expect(again.at(-1)!.note).toContain("no acknowledgement for");
    expect([again[0]!.bytes![0], again[0]!.bytes!.length, again[0]!.journey]).toEqual([0x45, 62, 9]);
    const sameSkb = bed.events.find((e) => e.kind === "l2.tx" && e.skb === again[0]!.skb);
    expect(sameSkb).toBeDefined();
  });

  it("nobody listens: the reset names the port and the connection", () => {
    const { bed, client } = bench();
    client.connect({ ...TO_B, port: 81 }, 7);
    bed.pass(0.01);
    const [reset] = told(bed, "tcp.rst");
    expect([reset!.place, reset!.conn, reset!.journey, reset!.tcp!.localPort, reset!.note]).toEqual(["b", 1, 7, 81, "no program listens on this port"]);
    expect(bed.drops()).toEqual(["b TCP_NOSOCK", "a TCP_RESET"]);
  });

  it("a full accept queue turns the next connection away", () => {
    const { bed, client } = bench(0);
    client.connect(TO_B, 7);
    bed.pass(0.01);
    new TcpSock(bed.host("a")).connect(TO_B, 8);
    bed.pass(0.01);
    const [over] = told(bed, "tcp.overflow");
    expect([over!.place, over!.journey, over!.tcp!.program, over!.note]).toEqual(["b", 8, "nginx", "the queue of connections to be accepted is full"]);
  });

  it("a window that closes and opens is told, and the probes between", () => {
    const { bed, listener, client } = bench();
    listener.setOption("SO_RCVBUF", 2304);
    client.connect(TO_B, 7);
    bed.pass(0.01);
    client.send({ data: new Uint8Array(20_000) }, 7);
    bed.pass(2);
    const server = listener.accept() as TcpSock;
    server.recv({ maxBytes: 10_000 });
    expect(told(bed, "tcp.window").map((e) => e.note)).toEqual(["no room: window 0", "room again: window 1448"]);
    expect(told(bed, "tcp.probe").length).toBeGreaterThan(1);
  });
});
