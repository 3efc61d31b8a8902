#!/usr/bin/env python3
"""Plays TCP dialogues between two namespaces of the real kernel and writes them down with every segment. See dialogue.ts."""
import ctypes, errno, os, select, socket, struct, subprocess, sys, time

LIBC = ctypes.CDLL(None, use_errno=True)
OPTIONS = {
    "TCP_NODELAY": (6, 1), "TCP_MAXSEG": (6, 2), "TCP_CORK": (6, 3), "TCP_KEEPIDLE": (6, 4), "TCP_KEEPINTVL": (6, 5), "TCP_KEEPCNT": (6, 6),
    "TCP_SYNCNT": (6, 7), "TCP_LINGER2": (6, 8), "TCP_DEFER_ACCEPT": (6, 9), "TCP_WINDOW_CLAMP": (6, 10), "TCP_QUICKACK": (6, 12),
    "TCP_USER_TIMEOUT": (6, 18), "SO_KEEPALIVE": (1, 9), "SO_REUSEADDR": (1, 2), "SO_REUSEPORT": (1, 15), "SO_RCVBUF": (1, 8), "SO_SNDBUF": (1, 7),
    "IP_TOS": (0, 1), "IP_TTL": (0, 2),
}
SOCK_NAMES = {}


def sh(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def enter(ns):
    fd = os.open("/run/netns/" + ns, os.O_RDONLY)
    if LIBC.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


class Lab:
    def __init__(self, mtu, router, lo):
        self.names = {"a": "tda%d" % os.getpid(), "b": "tdb%d" % os.getpid()}
        self.b = "10.8.0.2" if router else "10.9.0.2"
        if router:
            self.names["r"] = "tdr%d" % os.getpid()
        a, b = self.names["a"], self.names["b"]
        self.clean()
        self.dev = "lo" if lo else "e0"
        if lo:
            return self.local(a)
        if router:
            return self.routed(a, self.names["r"], b, router)
        sh(f"ip netns add {a}; ip netns add {b}")
        sh(f"ip -n {a} link add e0 address 02:00:00:00:00:01 type veth peer name e0 address 02:00:00:00:00:02 netns {b}")
        for ns, addr, peer, mac in ((a, 1, 2, 2), (b, 2, 1, 1)):
            sh(f"ip netns exec {ns} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.tcp_no_metrics_save=1")
            sh(f"ip -n {ns} link set lo up; ip -n {ns} link set e0 gso_max_segs 1 mtu {mtu} up")
            sh(f"ip netns exec {ns} ethtool -K e0 tso off gso off gro off tx on rx on >/dev/null 2>&1 || true")
            sh(f"ip -n {ns} addr add 10.9.0.{addr}/24 dev e0; ip -n {ns} neigh add 10.9.0.{peer} lladdr 02:00:00:00:00:0{mac} dev e0 nud permanent")

    def local(self, a):
        self.names, self.b = {"a": a, "b": a}, "127.0.0.1"
        sh(f"ip netns add {a}; ip -n {a} link set lo gso_max_segs 1 up; ip netns exec {a} ethtool -K lo tso off gso off gro off >/dev/null 2>&1 || true")
        sh(f"ip netns exec {a} sysctl -qw net.ipv4.tcp_no_metrics_save=1")

    def routed(self, a, r, b, mtu):
        sh(f"ip netns add {a}; ip netns add {r}; ip netns add {b}")
        sh(f"ip -n {a} link add e0 type veth peer name left netns {r}; ip -n {b} link add e0 type veth peer name right netns {r}")
        for ns, dev, addr, size in ((a, "e0", "10.9.0.1", 1500), (r, "left", "10.9.0.254", 1500), (r, "right", "10.8.0.254", mtu), (b, "e0", "10.8.0.2", 1500)):
            sh(f"ip netns exec {ns} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.tcp_no_metrics_save=1")
            sh(f"ip -n {ns} link set lo up; ip -n {ns} link set {dev} gso_max_segs 1 mtu {size} up; ip -n {ns} addr add {addr}/24 dev {dev}")
            sh(f"ip netns exec {ns} ethtool -K {dev} tso off gso off gro off >/dev/null 2>&1 || true")
        sh(f"ip netns exec {r} sysctl -qw net.ipv4.ip_forward=1; ip -n {a} route add default via 10.9.0.254; ip -n {b} route add default via 10.8.0.254")
        sh(f"ip netns exec {a} ping -qc1 10.8.0.2 >/dev/null")

    def clean(self):
        for ns in self.names.values():
            subprocess.run(["ip", "netns", "del", ns], stderr=subprocess.DEVNULL)

    def run(self, host, command):
        sh(f"ip netns exec {self.names[host]} {command}")

    def socket(self, host, *args):
        enter(self.names[host])
        return socket.socket(*args)


class Capture:
    """tcpdump's ring copies frames at once: sockets that hold them would keep the stack from joining segments."""

    def __init__(self, lab):
        self.path = "/tmp/%s.pcap" % lab.names["a"]
        command = ["ip", "netns", "exec", lab.names["a"], "tcpdump", "-i", lab.dev, "-w", self.path, "-U", "--immediate-mode", "--time-stamp-precision=nano"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self.process.stderr.readline()

    def frames(self):
        time.sleep(0.2)
        self.process.terminate()
        self.process.wait()
        data, at, out = open(self.path, "rb").read(), 24, []
        while at + 16 <= len(data):
            sec, nsec, size, _ = struct.unpack("<IIII", data[at:at + 16])
            out.append((sec + nsec / 1e9, data[at + 16:at + 16 + size]))
            at += 16 + size
        os.unlink(self.path)
        return out


def describe(frame, isn):
    if frame[12:14] != b"\x08\x00":
        return None
    ip = frame[14:]
    ihl = (ip[0] & 15) * 4
    total = struct.unpack(">H", ip[2:4])[0]
    who = {1: "a", 2: "b"}.get(ip[15], "r")
    if ip[12] == 127:
        who = "b" if struct.unpack(">H", ip[ihl:ihl + 2])[0] < 1024 else "a"
    if ip[9] == 1:
        return "%s icmp %d/%d" % (who, ip[ihl], ip[ihl + 1])
    if ip[9] != 6:
        return None
    tcp = ip[ihl:total]
    sport, dport, seq, ack = struct.unpack(">HHII", tcp[:12])
    off, flags, win = (tcp[12] >> 4) * 4, tcp[13], struct.unpack(">H", tcp[14:16])[0]
    conn = (sport, dport) if who == "a" else (dport, sport)
    length = len(tcp) - off
    letters = "".join(l for bit, l in ((2, "S"), (1, "F"), (4, "R"), (8, "P"), (16, ".")) if flags & bit)
    key = (who, conn)
    other = ("b" if who == "a" else "a", conn)
    if flags & 2 and not (flags & 16 and key in isn and isn[key] == seq):
        isn[key] = seq
    rel = (seq - isn.get(key, 0 if flags & 4 else seq)) & 0xFFFFFFFF
    text = "%s %s %d" % (who, letters, rel)
    if length:
        text += ":%d(%d)" % (rel + length, length)
    if flags & 16:
        text += " ack %d" % ((ack - isn.get(other, ack)) & 0xFFFFFFFF)
    text += " win %d" % win
    at, sackbase = 20, isn.get(other, 0)
    while at < off:
        kind = tcp[at]
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        size = tcp[at + 1]
        value = tcp[at + 2:at + size]
        if kind == 2:
            text += " mss %d" % struct.unpack(">H", value)[0]
        elif kind == 3:
            text += " wscale %d" % value[0]
        elif kind == 4:
            text += " sackOK"
        elif kind == 8:
            text += " TS"
        elif kind == 5:
            edges = struct.unpack(">%dI" % (len(value) // 4), value)
            text += " sack " + ",".join("%d:%d" % ((edges[i] - sackbase) & 0xFFFFFFFF, (edges[i + 1] - sackbase) & 0xFFFFFFFF) for i in range(0, len(edges), 2))
        at += size
    if not struct.unpack(">H", ip[6:8])[0] & 0x4000:
        text += " noDF"
    return text


def name_of(error):
    return errno.errorcode[error]


def port(lab, text):
    host, _, number = text.rpartition(":")
    return ("10.9.0.1" if host == "a" else lab.b if host == "b" else "0.0.0.0" if host == "" else host, int(number))


def act(lab, socks, words):
    if words[0] == "block":
        lab.run(words[1], "nft 'add table ip t; add chain ip t c { type filter hook prerouting priority 0; }; add rule ip t c meta l4proto tcp drop'")
        return "ok"
    if words[0] == "unblock":
        lab.run(words[1], "nft delete table ip t")
        return "ok"
    if words[0] == "sysctl":
        lab.run(words[1], "sysctl -qw net.ipv4.%s=%s" % (words[2], words[3]))
        return "ok"
    if len(words) > 2 and words[2] == "=":
        host, name = words[0], words[1]
        s = lab.socket(host, socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.setsockopt(6, 13, b"cubic")
        socks[name] = s
        return "ok"
    if words[1] == "=":
        s, _ = socks[words[3]].accept()
        s.setblocking(False)
        socks[words[0]] = s
        return "ok"
    s, call, rest = socks[words[0]], words[1], words[2:]
    if call == "set":
        if rest[0] == "SO_LINGER":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, int(rest[1])))
        else:
            s.setsockopt(*OPTIONS[rest[0]], int(rest[1]))
        return "ok"
    if call == "get":
        return str(s.getsockopt(*OPTIONS[rest[0]]))
    if call == "bind":
        s.bind(port(lab, rest[0]))
    elif call == "listen":
        s.listen(int(rest[0]))
    elif call == "connect":
        s.connect(port(lab, rest[0]))
    elif call == "send":
        return str(s.send(b"x" * int(rest[0]), 0x8000 if "more" in rest else 0))
    elif call == "recv":
        return str(len(s.recv(int(rest[0]), socket.MSG_PEEK if "peek" in rest else 0)))
    elif call == "shutdown":
        s.shutdown({"read": 0, "write": 1, "both": 2}[rest[0]])
    elif call == "close":
        s.close()
    elif call == "error":
        e = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return name_of(e) if e else "none"
    elif call == "state":
        info = s.getsockopt(6, 11, 1)
        return ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"][info[0] - 1]
    elif call == "ss":
        return subprocess.run(["ip", "netns", "exec", lab.names[rest[0]], "ss", "-tmieH"], capture_output=True, text=True).stdout.replace("\n", " ")
    elif call == "poll":
        p = select.poll()
        p.register(s, select.POLLIN | select.POLLOUT)
        got = p.poll(0)
        bits = got[0][1] if got else 0
        return " ".join(n for b, n in ((1, "in"), (4, "out"), (8, "err"), (16, "hup")) if bits & b) or "nothing"
    else:
        raise SystemExit("unknown call: " + " ".join(words))
    return "ok"


def play(lines):
    mtu, router, lo = 1500, 0, False
    for line in lines:
        if line.startswith("mtu "):
            mtu = int(line.split()[1])
        if line.startswith("router "):
            router = int(line.split()[1])
        lo = lo or line.startswith("lo ")
    lab = Lab(mtu, router, lo)
    socks, isn, calls = {}, {}, []
    try:
        capture = Capture(lab)
        start = time.time()
        for line in lines:
            if line == "":
                continue
            if line.startswith(("mtu ", "router ", "lo ")):
                calls.append((time.time(), line))
                continue
            call = line.split(" → ")[0]
            words = call.split()
            began = time.time()
            if words[0] == "wait":
                time.sleep(float(words[1]) / 1000)
                calls.append((began, call))
                continue
            try:
                answer = act(lab, socks, words)
            except OSError as e:
                answer = name_of(e.errno)
            calls.append((began, "%s → %s" % (call, answer)))
            time.sleep(0.008)
        end = time.time()
        frames = [f for f in capture.frames() if f[0] < end]
        for s in socks.values():
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)) if s.fileno() >= 0 else None
            s.close()
    finally:
        lab.clean()
    # A call's segments stand under it; what came later, under the wait that follows.
    events = [(at, 0, text) for at, text in calls]
    for at, frame in frames:
        text = describe(frame, isn)
        if text:
            events.append((at, 1, "  %.3f %s" % (at - start, text)))
    return [text for _, _, text in sorted(events, key=lambda e: e[:2])]


def main():
    title, block, blocks = None, [], []
    for line in open(sys.argv[1]).read().split("\n"):
        if line.startswith("# "):
            if title is not None:
                blocks.append((title, block))
            title, block = line, []
        elif title is not None and not line.startswith("  "):
            block.append(line)
    blocks.append((title, block))
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    for title, block in blocks:
        if wanted in title:
            print(title)
            print("\n".join(play(block)))
            print()
            sys.stdout.flush()


main()
