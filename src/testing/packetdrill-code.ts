import { TCP_STATES, type TcpInfo, tcpStateNumber } from "../net/uapi/sock-diag.ts";

/* Code between %{ and }% in a script: Python of the simplest kind, mostly `assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd`. */

type Value = number | string;
const CA = ["Open", "Disorder", "CWR", "Recovery", "Loss"] as const;

/** Names that a script's code may use, from struct tcp_info. */
export function infoNames(i: TcpInfo): Map<string, Value> {
  const options = (i.timestamps ? 1 : 0) | (i.sack ? 2 : 0) | (i.sndWscale + i.rcvWscale > 0 ? 4 : 0) | (i.ecn ? 8 : 0);
  const rows: readonly (readonly [string, number])[] = [
    ["state", tcpStateNumber(i.state)], ["ca_state", CA.indexOf(i.caState)], ["retransmits", i.retransmits], ["probes", i.probes], ["backoff", i.backoff],
    ["options", options], ["snd_wscale", i.sndWscale], ["rcv_wscale", i.rcvWscale], ["rto", i.rtoUs], ["ato", i.atoUs], ["snd_mss", i.sndMss], ["rcv_mss", i.rcvMss],
    ["unacked", i.unacked], ["sacked", i.sacked], ["lost", i.lost], ["retrans", i.retrans], ["fackets", 0], ["last_data_sent", i.lastDataSentMs],
    ["last_data_recv", i.lastDataRecvMs], ["last_ack_recv", i.lastAckRecvMs], ["pmtu", i.pmtu], ["rcv_ssthresh", i.rcvSsthresh], ["rtt", i.rttUs], ["rttvar", i.rttvarUs],
    ["snd_ssthresh", i.ssthresh], ["snd_cwnd", i.cwnd], ["advmss", i.advMss], ["reordering", i.reordering], ["total_retrans", i.totalRetrans], ["rcv_rtt", i.rcvRttUs],
    ["rcv_space", i.rcvSpace], ["bytes_acked", i.bytesAcked], ["bytes_received", i.bytesReceived], ["segs_out", i.segsOut], ["segs_in", i.segsIn],
    ["notsent_bytes", i.notSentBytes], ["min_rtt", i.minRttUs], ["data_segs_in", i.dataSegsIn], ["data_segs_out", i.dataSegsOut], ["delivery_rate", i.deliveryRate],
    ["busy_time", i.busyUs], ["rwnd_limited", i.rwndLimitedUs], ["sndbuf_limited", i.sndbufLimitedUs], ["delivered", i.delivered], ["bytes_sent", i.bytesSent],
    ["bytes_retrans", i.bytesRetrans], ["dsack_dups", i.dsackDups], ["reord_seen", i.reordSeen], ["snd_wnd", i.sndWnd], ["rcv_wnd", i.rcvWnd],
    ["pacing_rate", i.pacingRate], ["delivery_rate_app_limited", i.appLimited ? 1 : 0],
  ];
  return new Map(rows.map(([name, value]) => [`tcpi_${name}`, value]));
}

const CONSTANTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["True", 1], ["False", 0], ["TCPI_OPT_TIMESTAMPS", 1], ["TCPI_OPT_SACK", 2], ["TCPI_OPT_WSCALE", 4], ["TCPI_OPT_ECN", 8], ["TCPI_OPT_ECN_SEEN", 16], ["TCPI_OPT_SYN_DATA", 32],
  ["TCP_INFINITE_SSTHRESH", 0x7fffffff], ...CA.map((name, i) => [`TCP_CA_${name}`, i] as const), ...TCP_STATES.map((name) => [`TCP_${name}`, tcpStateNumber(name)] as const),
]);

/** Runs the code; null = every assertion holds, else what is wrong. `names` also keeps what the code assigns. */
export function runCode(code: string, names: Map<string, Value>, print: (line: string) => void = () => undefined): string | null {
  for (const line of statements(code)) {
    const assertion = /^assert\b\s*(.*)$/s.exec(line);
    const assignment = /^([A-Za-z_]\w*)\s*=(?!=)\s*(.*)$/s.exec(line);
    if (assertion !== null) {
      const failed = checkAssert(assertion[1]!, names);
      if (failed !== null) return failed;
    } else if (assignment !== null) names.set(assignment[1]!, new Expression(assignment[2]!, names).value());
    else if (/^print\s*\(/.test(line)) print(new Expression(line.replace(/^print\s*/, ""), names).list().join(" "));
    else if (!/^(import|pass)\b/.test(line)) return `code not supported: ${line}`;
  }
  return null;
}

/** Logical lines: brackets join lines, "#" ends one. */
function statements(code: string): readonly string[] {
  const lines: string[] = [];
  let open = "";
  for (const raw of code.split("\n")) {
    open += ` ${raw.replace(/#.*$/, "").trim()}`;
    const depth = [...open].reduce((d, c) => d + (c === "(" ? 1 : c === ")" ? -1 : 0), 0);
    if (depth > 0 || open.endsWith("\\")) open = open.replace(/\\$/, "");
    else {
      lines.push(...open.split(";").map((part) => part.trim()).filter((part) => part !== ""));
      open = "";
    }
  }
  return lines;
}

function checkAssert(text: string, names: ReadonlyMap<string, Value>): string | null {
  const expression = new Expression(text, names);
  try {
    if (truth(expression.value())) return null;
  } catch (error) {
    return `code not supported: ${text}: ${error instanceof Error ? error.message : String(error)}`;
  }
  const seen = [...text.matchAll(/tcpi_\w+/g)].map(([name]) => `${name} = ${names.get(name)}`);
  return `assert ${text}: ${[...new Set(seen)].join(", ")}`;
}

const truth = (v: Value): boolean => v !== 0 && v !== "";
const TOKEN = /\s*(\d+\.\d*(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|\d+|[A-Za-z_]\w*|"[^"]*"|'[^']*'|\*\*|\/\/|<<|>>|[<>=!]=|[-+*/%<>()&|^~,])/y;
const BINARY: readonly (readonly string[])[] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "//", "%"]];
const COMPARE: ReadonlySet<string> = new Set(["==", "!=", "<", ">", "<=", ">="]);

/** A Python expression: or, and, not, chained comparisons, arithmetic, names, calls of abs, min, max and int. */
class Expression {
  readonly #tokens: string[] = [];
  readonly #names: ReadonlyMap<string, Value>;
  #at = 0;

  constructor(text: string, names: ReadonlyMap<string, Value>) {
    this.#names = names;
    TOKEN.lastIndex = 0;
    for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) this.#tokens.push(found[1]!);
  }

  /** The first expression; what follows a comma is an assertion's message. */
  value(): Value {
    return this.#or();
  }

  /** "(a, b, c)": every value. */
  list(): readonly Value[] {
    const values: Value[] = [];
    this.#at++;
    do values.push(this.#or()); while (this.#next(",") !== null);
    return values;
  }

  #next(...wanted: readonly string[]): string | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return null;
    this.#at++;
    return token;
  }

  #or(): Value {
    let left = this.#and();
    while (this.#next("or") !== null) {
      const right = this.#and();
      if (!truth(left)) left = right;
    }
    return left;
  }

  #and(): Value {
    let left = this.#not();
    while (this.#next("and") !== null) {
      const right = this.#not();
      if (truth(left)) left = right;
    }
    return left;
  }

  #not(): Value {
    return this.#next("not") !== null ? (truth(this.#not()) ? 0 : 1) : this.#comparison();
  }

  #comparison(): Value {
    let left = this.#binary(0);
    if (!COMPARE.has(this.#tokens[this.#at] ?? "")) return left;
    let holds = true;
    while (COMPARE.has(this.#tokens[this.#at] ?? "")) {
      const operator = this.#tokens[this.#at++]!;
      const right = this.#binary(0);
      holds &&= compare(operator, left, right);
      left = right;
    }
    return holds ? 1 : 0;
  }

  #binary(level: number): Value {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let op = this.#next(...operators); op !== null; op = this.#next(...operators)) left = arithmetic(op, Number(left), Number(this.#binary(level + 1)));
    return left;
  }

  #unary(): Value {
    if (this.#next("-") !== null) return -Number(this.#unary());
    if (this.#next("~") !== null) return ~Number(this.#unary());
    return this.#atom();
  }

  #atom(): Value {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("the expression ends early");
    if (token === "(") return this.#closed();
    if (/^["']/.test(token)) return token.slice(1, -1);
    if (/^\d/.test(token)) return Number(token);
    if (this.#next("(") !== null) return this.#call(token);
    const value = this.#names.get(token) ?? CONSTANTS.get(token);
    if (value === undefined) throw new Error(`unknown name ${token}`);
    return value;
  }

  #closed(): Value {
    const value = this.#or();
    if (this.#next(")") === null) throw new Error("a bracket is not closed");
    return value;
  }

  #call(name: string): Value {
    const args: number[] = [];
    do args.push(Number(this.#or())); while (this.#next(",") !== null);
    if (this.#next(")") === null) throw new Error("a bracket is not closed");
    const calls: Readonly<Record<string, (...n: number[]) => number>> = { abs: Math.abs, min: Math.min, max: Math.max, int: Math.trunc, round: Math.round };
    const call = calls[name];
    if (call === undefined) throw new Error(`unknown function ${name}`);
    return call(...args);
  }
}

function compare(operator: string, a: Value, b: Value): boolean {
  switch (operator) {
    case "==": return a === b;
    case "!=": return a !== b;
    case "<": return a < b;
    case ">": return a > b;
    case "<=": return a <= b;
    default: return a >= b;
  }
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case "|": return (a | b) >>> 0;
    case "^": return (a ^ b) >>> 0;
    case "&": return (a & b) >>> 0;
    case "<<": return a * 2 ** b;
    case ">>": return Math.floor(a / 2 ** b);
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return a / b;
    case "//": return Math.floor(a / b);
    default: return ((a % b) + b) % b;
  }
}
