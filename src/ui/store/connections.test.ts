import { describe, expect, it } from "vitest";
import type { TcpEnd, TraceEvent } from "../../protocol/trace.ts";
import { TraceMaker } from "../topology/topology-fixture.ts";
import { Connections, stateAt } from "./connections.ts";
import { railsAt } from "../topology/rails.ts";
import { connectionInView, connectionName, saidIn, turnsAt } from "../inspector/talk-model.ts";

const CLIENT: TcpEnd = { local: "10.1.0.1", localPort: 54292, remote: "10.0.0.3", remotePort: 8001, before: "", after: "", program: "curl", active: true };
const SERVER: TcpEnd = { local: "10.0.0.3", localPort: 8001, remote: "10.1.0.1", remotePort: 54292, before: "", after: "", program: "nginx", active: false };

/** An Ethernet frame with a TCP segment; only what the page reads is filled in. */
function segment(from: number, to: number, text: string, cutTo = Infinity): Uint8Array {
  const data = new TextEncoder().encode(text);
  const frame = new Uint8Array(14 + 20 + 20 + data.length);
  frame.set([0x08, 0x00, 0x45, 0, (40 + data.length) >> 8, (40 + data.length) & 255], 12);
  frame[23] = 6;
  frame.set([from >> 8, from & 255, to >> 8, to & 255], 34);
  frame[46] = 0x50;
  frame.set(data, 54);
  return frame.slice(0, cutTo);
}

class Dialogue extends TraceMaker {
  state(end: TcpEnd, place: string, after: string): this {
    return this.add("tcp.state", `${place}:`, 0, null, { conn: 7, tcp: { ...end, after } });
  }

  hears(place: string, from: number, to: number, text: string, cutTo?: number): this {
    return this.add("app.recv", `${place}:`, 1, segment(from, to, text, cutTo), { conn: 7 });
  }

  open(client = "C0e1", server = "C0w1"): this {
    return this.state(CLIENT, client, "SYN_SENT").state(SERVER, server, "SYN_RECV").state(CLIENT, client, "ESTABLISHED").state(SERVER, server, "ESTABLISHED");
  }
}

function read(trace: Dialogue): Connections {
  const { events } = trace;
  const connections = new Connections();
  connections.follow({ first: 0, end: events.length, at: (seq: number): TraceEvent | null => events[seq] ?? null });
  return connections;
}

const rails = (trace: Dialogue, position: number, begun = 0): string[] => railsAt(read(trace).byId.values(), position, begun, () => true).map((rail) => `${rail.client.place}-${rail.server.place} ${rail.state}`);

describe("a connection as the trace tells it", () => {
  const trace = new Dialogue().open().hears("C0w1", 54292, 8001, "GET / HTTP/1.1\r\n\r\n").hears("C0e1", 8001, 54292, "HTTP/1.1 200 OK\r\n\r\nhi\n")
    .state(CLIENT, "C0e1", "FIN_WAIT1").state(SERVER, "C0w1", "CLOSE_WAIT").state(SERVER, "C0w1", "LAST_ACK").state(CLIENT, "C0e1", "TIME_WAIT").state(SERVER, "C0w1", "CLOSE");

  it("who hears is told by the namespace: request from the client, answer from the server, then both FINs", () => {
    const turns = read(trace).byId.get(7)?.turns ?? [];
    expect(turns.map((turn) => `${turn.by} ${turn.mark ?? saidIn(turn).text.split("\n")[0]}`)).toEqual(["server open", "client GET / HTTP/1.1", "server HTTP/1.1 200 OK", "client fin", "server fin"]);
  });

  it("both ends in one namespace: the ports tell who hears", () => {
    const local = new Dialogue().open("C0w1", "C0w1").hears("C0w1", 54292, 8001, "ask").hears("C0w1", 8001, 54292, "answer");
    expect(read(local).byId.get(7)?.turns.map((turn) => turn.by)).toEqual(["server", "client", "server"]);
  });

  it("states at an instant: what was reached before it", () => {
    const client = read(trace).byId.get(7)?.client ?? null;
    expect([0, 1, 3, 7, 99].map((position) => stateAt(client, position))).toEqual(["", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "TIME_WAIT"]);
  });

  it("a name for people, and nothing shown before its instant", () => {
    const all = [...read(trace).byId.values()];
    expect(connectionName(all[0]!)).toBe("curl in C0e1 → nginx in C0w1, port 8001");
    expect(connectionInView(all, { chosen: null, conn: 0, position: 0 })).toBeNull();
    expect(turnsAt(all[0]!, 4).map((turn) => turn.mark)).toEqual(["open"]);
  });

  it("segment cut by the trace: says how many bytes are not shown", () => {
    const cut = new Dialogue().open().hears("C0w1", 54292, 8001, "x".repeat(100), 14 + 40 + 30);
    expect(saidIn(read(cut).byId.get(7)!.turns[1]!)).toMatchObject({ bytes: 100, hidden: 70, isBinary: false });
  });

  it("bytes that are no text are shown in hexadecimal", () => {
    const binary = new Dialogue().open().hears("C0w1", 54292, 8001, "\u0001\u0002\u0003\u0000");
    expect(saidIn(read(binary).byId.get(7)!.turns[1]!)).toMatchObject({ text: "01 02 03 00", isBinary: true });
  });

  it("markup stays text", () => {
    const html = new Dialogue().open().hears("C0w1", 54292, 8001, "<img src=x onerror=alert(1)>");
    expect(saidIn(read(html).byId.get(7)!.turns[1]!).text).toBe("<img src=x onerror=alert(1)>");
  });

  it("a retransmission belongs to who sends it", () => {
    const again = new Dialogue().open().add("tcp.retransmit", "C0e1:", 5, segment(54292, 8001, "x"), { conn: 7, note: "RTO after 204 ms" });
    expect(read(again).byId.get(7)?.turns.at(-1)).toMatchObject({ by: "client", mark: "retransmit", note: "RTO after 204 ms" });
  });
});

describe("the rail of a connection", () => {
  const trace = new Dialogue().open().state(CLIENT, "C0e1", "FIN_WAIT1").state(CLIENT, "C0e1", "TIME_WAIT");

  it("handshake under way → none; done → open; one FIN → half; over → dashed until the next command", () => {
    expect([3, 4, 5, 6].map((position) => rails(trace, position))).toEqual([[], ["C0e1-C0w1 open"], ["C0e1-C0w1 half"], ["C0e1-C0w1 over"]]);
    expect(rails(trace, 9, 7)).toEqual([]);
  });
});
