#!/usr/bin/env python3
"""Makes the socket calls of a dialogue on the real kernel and writes what each answered. See socket-dialogue.ts."""
import errno, os, select, socket, struct, sys, time

OPTIONS = {
    "SO_REUSEADDR": (1, 2), "SO_REUSEPORT": (1, 15), "SO_BROADCAST": (1, 6), "SO_RCVBUF": (1, 8), "SO_ERROR": (1, 4), "SO_MARK": (1, 36),
    "SO_ACCEPTCONN": (1, 30), "IP_TTL": (0, 2), "IP_TOS": (0, 1), "IP_MTU_DISCOVER": (0, 10), "IP_RECVERR": (0, 11), "IP_MTU": (0, 14),
    "IP_FREEBIND": (0, 15), "IP_TRANSPARENT": (0, 19), "IP_PKTINFO": (0, 8), "IP_RECVTTL": (0, 12), "IP_RECVTOS": (0, 13), "IP_HDRINCL": (0, 3),
}
DISCOVER = {"dont": 0, "want": 1, "do": 2, "probe": 3}
FAMILIES = {"inet": socket.AF_INET, "unix": socket.AF_UNIX, "packet": socket.AF_PACKET}
TYPES = {"dgram": socket.SOCK_DGRAM, "raw": socket.SOCK_RAW, "stream": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET}
SOCKS = {}


def address(sock, text):
    if sock.family == socket.AF_UNIX:
        return "" if text == "-" else "\0" + text[1:] if text.startswith("@") else text
    host, _, port = text.rpartition(":")
    if sock.family == socket.AF_PACKET:
        return (host, int(port, 16)) if host != "-" else ("", int(port, 16))
    return (host, int(port))


def shown(sock, addr):
    if sock.family == socket.AF_UNIX:
        if isinstance(addr, bytes):
            return "@" + addr[1:].decode()
        return addr or "-"
    if not addr:
        return "-"
    if sock.family == socket.AF_PACKET:
        return "%s:%04x type=%d" % (addr[0] or "-", addr[1], addr[2])
    return "%s:%s" % (addr[0], "PORT" if addr[1] >= 32768 else addr[1])


def payload(word):
    return b"x" * int(word[1:]) if word.startswith("*") else word.encode()


def text(data):
    return "*%d" % len(data) if len(data) > 40 else data.decode("latin1")


def receive(s, words):
    size = int(words[0]) if words and words[0].isdigit() else 65535
    flags = socket.MSG_DONTWAIT | socket.MSG_TRUNC * 0
    flags |= socket.MSG_PEEK if "peek" in words else 0
    flags |= 0x2000 if "err" in words else 0
    data, control, got, addr = s.recvmsg(size, 4096, flags)
    parts = ["'%s'" % text(data), "from", shown(s, addr)]
    if got & socket.MSG_TRUNC:
        parts.append("cut")
    for level, kind, value in control:
        if (level, kind) == (0, 2):
            parts.append("ttl=%d" % struct.unpack("i", value)[0])
        if (level, kind) == (0, 1):
            parts.append("tos=%d" % value[0])
        if (level, kind) == (0, 8):
            parts.append("to=%s" % socket.inet_ntoa(value[8:12]))
        if (level, kind) == (0, 11):
            code, origin, icmp, sub, _, info, _ = struct.unpack("IBBBBII", value[:16])
            parts.append("%s %s type=%d code=%d info=%d" % (errno.errorcode[code], {1: "local", 2: "icmp"}[origin], icmp, sub, info))
    return " ".join(parts)


def poll(s):
    p = select.poll()
    p.register(s, select.POLLIN | select.POLLOUT)
    got = p.poll(0)
    bits = got[0][1] if got else 0
    names = [(1, "in"), (4, "out"), (8, "err"), (16, "hup")]
    return " ".join(n for b, n in names if bits & b) or "-"


def send(s, words):
    data = payload(words[0])
    control = []
    if "via" in words:
        control = [(0, 8, struct.pack("=i4s4s", 0, socket.inet_aton(words[words.index("via") + 1]), b"\0" * 4))]
    to = [address(s, words[words.index("to") + 1])] if "to" in words else []
    return str(s.sendmsg([data], control, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL, *to))


def value_of(option, word):
    return DISCOVER.get(word) if option == "IP_MTU_DISCOVER" else {"true": 1, "false": 0}.get(word, word)


def set_option(s, option, word):
    if option == "SO_BINDTODEVICE":
        s.setsockopt(1, 25, ("" if word == "-" else word).encode() + b"\0")
    else:
        s.setsockopt(*OPTIONS[option], int(value_of(option, word)))
    return "ok"


def get_option(s, option):
    if option == "SO_PEERCRED":
        return "uid=%d gid=%d" % struct.unpack("iII", s.getsockopt(1, 17, 12))[1:]
    n = s.getsockopt(*OPTIONS[option])
    if option == "SO_ERROR":
        return errno.errorcode.get(n, "0")
    return str(n)


def run(line):
    words = line.split()
    if words[0] == "pass":
        time.sleep(0.05)
        return "ok"
    if words[0] == "unlink":
        os.unlink(words[1])
        return "ok"
    if words[0] == "mkdir":
        os.mkdir(words[1])
        return "ok"
    if words[0] == "touch":
        open(words[1], "w").close()
        return "ok"
    if words[0] == "link":
        return "ok" if os.system("ip link set %s %s" % (words[1], words[2])) == 0 else "failed"
    if words[0] == "kind":
        return {0o140000: "socket", 0o100000: "file", 0o040000: "dir"}[os.stat(words[1]).st_mode & 0o170000]
    if len(words) > 2 and words[1] == "=":
        if words[2] == "pair":
            a, b = words[0].split(",")
            SOCKS[a], SOCKS[b] = socket.socketpair(socket.AF_UNIX, TYPES[words[3]])
            return "ok"
        if words[2] == "accept":
            listener = SOCKS[words[3]]
            listener.setblocking(False)
            SOCKS[words[0]] = listener.accept()[0]
            return "ok"
        proto = int(words[5]) if len(words) > 5 else 0
        proto = socket.htons(proto) if words[3] == "packet" else proto
        SOCKS[words[0]] = socket.socket(FAMILIES[words[3]], TYPES[words[4]], proto)
        SOCKS[words[0]].setblocking(False)
        return "ok"
    s, call, rest = SOCKS[words[0]], words[1], words[2:]
    if call == "bind":
        s.bind(address(s, rest[0]))
    elif call == "connect":
        s.connect(address(s, rest[0]))
    elif call == "disconnect":
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.connect(s.fileno(), b"\0" * 16, 16) < 0:
            return errno.errorcode[ctypes.get_errno()]
    elif call == "listen":
        s.listen(int(rest[0]))
    elif call == "shutdown":
        s.shutdown({"read": 0, "write": 1, "both": 2}[rest[0]])
    elif call == "close":
        s.close()
    elif call == "send":
        return send(s, rest)
    elif call == "recv":
        return receive(s, rest)
    elif call == "name":
        return shown(s, s.getsockname())
    elif call == "peer":
        return shown(s, s.getpeername())
    elif call == "poll":
        return poll(s)
    elif call == "set":
        return set_option(s, *rest)
    elif call == "get":
        return get_option(s, rest[0])
    else:
        raise ValueError(line)
    return "ok"


for line in sys.stdin:
    line = line.rstrip("\n")
    if line == "" or line.startswith("#"):
        print(line)
        if line.startswith("# "):
            for one in SOCKS.values():
                one.close()
            SOCKS.clear()
        continue
    call = line.split(" → ")[0]
    try:
        answer = run(call)
    except OSError as e:
        answer = errno.errorcode[e.errno].replace("ENOTSUP", "EOPNOTSUPP")
    print("%s → %s" % (call, answer), flush=True)
