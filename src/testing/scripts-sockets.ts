import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** A listener in the background for as long as the rest of the line runs. */
const server = (listen: string, then: string): string => `timeout 3 ${listen} & sleep .2; ${then}; wait`;

/** A shell function: the sockets in words that do not depend on which ports the kernel chose. */
const STATES = "states() { ss -tanH exclude time-wait | sed 's/:[3-6][0-9]\\{4\\}/:PORT/g;s/  */ /g;s/ $//' | sort; echo; }; ";

/** nc, ss, netstat, lsof, telnet and bash's /dev/tcp: what shows sockets, and what uses them by hand. */
export const SOCKET_SCRIPTS: readonly Script[] = [
  {
    name: "nc-options", title: "nc: wrong options, values and operands",
    steps: box(
      "nc", "nc -l", "nc -p", "nc -z 127.0.0.1", "nc -l -z 5000", "nc -l -s 127.0.0.1 -p 5 6", "nc -w x 1 2", "nc -w -1 1 2", "nc -q x 1 2", "nc -i x 1 2",
      "nc -W 0 1 2", "nc -I x 1 2", "nc -O x 1 2", "nc -M 300 1 2", "nc -T foo 1 2", "nc -T 256 1 2", "nc -X 9 1 2", "nc -N -z 127.0.0.1 abc", "nc -zv 127.0.0.1 http",
      "nc -zv 127.0.0.1 0", "nc -zv 127.0.0.1 70000", "nc -zv 127.0.0.1 9-5", "nc -zv 127.0.0.1 5-", "nc -zv 127.0.0.1 a-5", "nc -zv 127.0.0.1 5-b", "nc -k 127.0.0.1 5",
      "nc -lk", "nc -n nosuch 80", "nc -V 1 127.0.0.1 5", "nc -9", "nc --help", "nc -h", "nc -v -s 10.9.9.9 127.0.0.1 5", "nc -v -p abc 127.0.0.1 5",
      "nc -z -v 127.0.0.1 80 81", "nc -vz 127.0.0.1 http-https", "nc -U /tmp/nosuchsock", "nc -lvn foo", "nc -lvn 127.0.0.1 80 90", "nc -nv 256.1.1.1 22", "nc -vn 127.0.0.1",
    ),
  },
  {
    name: "nc-tcp", title: "nc: listening, connecting, half-closed, refused, scanned; -k -N -q -w -C -W",
    steps: box(
      "nc -zv 127.0.0.1 81", "nc -z 127.0.0.1 81", "nc -zvn 127.0.0.1 79-81",
      server("nc -l 5000 </dev/null", "echo hi | nc -N -v 127.0.0.1 5000"), server("nc -ln -v 5000 </dev/null", "echo hi | nc -q0 127.0.0.1 5000"),
      server("nc -l 127.0.0.1 5000 </dev/null", "nc -zv 127.0.0.1 4999-5001"), server("nc -lkvn 5000 </dev/null", "for i in 1 2 3; do echo $i | nc -N 127.0.0.1 5000; done"),
      `(echo from server | timeout 3 nc -l -N 5000 >/dev/null) & sleep .2; echo to server | nc -N 127.0.0.1 5000; wait`,
      server("nc -l 5000 </dev/null", "sleep 2 | nc -w 1 -v 127.0.0.1 5000; echo $?"), server("nc -l 5000 </dev/null", "printf 'a\\nb\\n' | nc -C -N 127.0.0.1 5000"),
      server("nc -l -W 1 5000 </dev/null", "(echo one; sleep .3; echo two) | nc -N 127.0.0.1 5000"), server("nc -l 5000 </dev/null", "nc -zv 127.0.0.1 5000 && nc -zv 127.0.0.1 5000"),
      "nc -l 10.9.9.9 5000", server("nc -ln -p 5000 -s 127.0.0.1 -v </dev/null", "echo x | nc -N -p 4000 -s 127.0.0.5 127.0.0.1 5000"),
    ),
  },
  {
    name: "nc-udp", title: "nc -u: probes that an ICMP error answers, datagrams, -k",
    steps: box(
      "nc -zvu 127.0.0.1 5000", "nc -zu 127.0.0.1 5000", server("nc -lu -w 1 5000 </dev/null", "echo hi | nc -u -q0 127.0.0.1 5000"),
      server("nc -luvn -w 1 5000 </dev/null", "echo hi | nc -u -q0 -n 127.0.0.1 5000"), server("nc -luk 5000 </dev/null", "nc -zvu -w 1 127.0.0.1 5000; sleep .1; echo"),
      server("nc -lukn 5000 </dev/null", "for i in 1 2 3; do echo $i | nc -u -q0 127.0.0.1 5000; done"),
    ),
  },
  {
    name: "ss-tables", title: "ss: tables, states, columns, filters",
    steps: box(
      "ss -tl", "ss -V", server("nc -l 5000 </dev/null >/dev/null", "ss -tl; ss -tln; ss -tlnp; ss -tlH; ss -tlO; ss -ltun; ss -l -4 -t; ss -lt -6"),
      server("nc -lu 5001 </dev/null", "ss -ul; ss -uan; ss -uanp; ss -uanm; ss -u; ss -tuln"),
      "timeout 2 nc -l 80 </dev/null & timeout 2 nc -l 127.0.0.1 8080 </dev/null & timeout 2 nc -lu 53 </dev/null & sleep .2; ss -tl sport = :80; ss -tln sport = :http; ss -tln 'sport = :80 or sport = :8080' | sort; " +
        "ss -tln '( sport ge 80 and sport lt 8080 )'; ss -tln src 127.0.0.1; ss -tln src 127.0.0.0/8:8080; ss -tln src '*:80'; ss -tln not src 127.0.0.1; ss -tln sport gt 100; ss -tln sport != :80; ss -tuln dev lo; " +
        "ss -tl src 127.0.0.1; ss -ul; ss -A udp -ln; ss -A udp,tcp -ln sport lt 70; ss -tln state listening | sort; ss -tln autobound; ss -tln fwmark = 0x1; wait",
      "(timeout 3 nc -l 5000 >/dev/null) & sleep .2; (sleep 1 | nc -N 127.0.0.1 5000) & sleep .3; ss -tn dport = :5000; ss -tn sport = :5000; ss -tn state established dst 127.0.0.1:5000; ss -tan state time-wait; wait; sleep .1; ss -tn state time-wait; ss -ton state time-wait; ss -ta exclude time-wait",
      "ss -tl sport", "ss -tl src foo", "ss -f foo 2>&1 | head -1", "ss -A foo 2>&1 | head -1", "ss state foo", "ss -N foo", "ss -tl 'sport = :foo'", "ss -Z9", "ss -tl foo bar", "ss -q 2>&1 | head -1", "ss -h",
      "ping -c 1 -q -W 1 127.0.0.1 >/dev/null & ss -w", "ss -x", "(timeout 2 nc -lU /tmp/s1 >/dev/null) & sleep .2; ss -xlH | tr -s ' ' | cut -d' ' -f1-5; rm /tmp/s1; wait",
    ),
  },
  {
    name: "ss-states", title: "ss: connections in their states, queues, a full listener",
    steps: box(
      `${STATES}(sleep 2 | timeout 5 nc -lk 5000 >/dev/null) & sleep .2; exec 3<>/dev/tcp/127.0.0.1/5000; exec 4<>/dev/tcp/127.0.0.1/5000; sleep .1; states; echo queued >&4; sleep .1; states; exec 4>&-; sleep .1; states; exec 3>&-; sleep .1; states; wait`,
      `${STATES}timeout 3 nc -l 5000 </dev/null & sleep .2; for fd in 3 4 5; do eval "exec $fd<>/dev/tcp/127.0.0.1/5000"; done; sleep .1; states; nc -z -v -w 1 127.0.0.1 5000; ss -tlnH; netstat -tln; exec 3>&-; sleep .2; states; wait`,
      `${STATES}(echo x | timeout 2 nc -l 5000 >/dev/null) & sleep .2; exec 3<>/dev/tcp/127.0.0.1/5000; sleep .2; states; cat <&3 & sleep .1; states; kill %2; exec 3>&-; wait 2>/dev/null`,
      "ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip addr add 10.9.0.1/24 dev d0; ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev d0; sleep .2",
      `${STATES}(timeout 2 nc -w 2 10.9.0.2 80) & sleep .3; states; ss -tnH state syn-sent dst 10.9.0.2:80 | cut -c1-14; netstat -tan | grep -c SYN_SENT; wait`,
      "exec 3<>/dev/tcp/127.0.0.1/81; nc -z 127.0.0.1 81; nstat -sa TcpActiveOpens TcpPassiveOpens TcpAttemptFails TcpOutRsts",
    ),
  },
  {
    name: "netstat-tables", title: "netstat: sockets, routes, interfaces, statistics",
    steps: box(
      "netstat -tln", server("nc -l 5000 </dev/null", "netstat -tln; netstat -tlnp; netstat -tan; netstat -tlne | sed 's/[0-9]* *$//'; netstat -tlno; netstat -t; netstat -l | head -4"),
      server("nc -lu 5001 </dev/null", "netstat -uan; netstat -ulnp; netstat -u; netstat -tuln"), "netstat -rn", "netstat -i", "netstat -s -u", "netstat -sw",
      "ping -c 2 -q 127.0.0.1 >/dev/null; echo x | nc -u -w1 127.0.0.1 9; netstat -sw; netstat -su",
      "(timeout 3 nc -l 5000 >/dev/null) & sleep .2; (sleep 1 | nc -N 127.0.0.1 5000) & sleep .3; netstat -tn | sed 's/:[3-6][0-9]\\{4\\}/:PORT/g' | sort; wait; netstat -tan", "netstat --foo 2>&1 | head -1", "netstat -M", "netstat -V", "netstat -i -r 2>/dev/null; echo $?", "netstat -x",
    ),
  },
  {
    name: "nstat", title: "nstat: counters, and by how much they grew",
    steps: box(
      "rm -f /tmp/.nstat.u0; ping -c 1 -q 127.0.0.1 >/dev/null; nstat", "nstat", "ping -c 2 -q 127.0.0.1 >/dev/null; nstat", "nstat -as 'Icmp*'", "nstat -sz 'IpE*' | head -4", "nstat foo", "nstat -V", "nstat -q", "nstat -rn; nstat", "nstat -j",
      "echo x | nc -u -w1 127.0.0.1 9; nc -z 127.0.0.1 9; nstat 'Udp*' 'TcpA*' 'TcpO*' 'TcpI*'", "ping -c 1 -W 1 -q 10.9.9.9 >/dev/null; nstat -s 'IpOut*'", "nstat -h",
    ),
  },
  {
    name: "lsof-inet", title: "lsof -i: addresses, ports, states, selections",
    steps: box(
      "lsof -w -i", "lsof -w -i :9999", server("nc -l 5000 </dev/null", "lsof -w -nP -i | tr -s ' ' | cut -d' ' -f1,3-5,7-; lsof -w -nP -i tcp:5000 -a -c nc | wc -l; lsof -w -i udp; echo $?; lsof -w -i :5000-5001 -P -t | wc -l"),
      server("nc -lu 5001 </dev/null", "lsof -w -nP -i UDP | tr -s ' ' | cut -d' ' -f1,3-5,7-; lsof -w -i -sTCP:LISTEN; lsof -w -i6; echo $?"),
      "lsof -i foo", "lsof -i :foo", "lsof -i @256.1.1.1", "lsof -q", "lsof -w -p 99999", "lsof -w -c nosuchcommand; echo $?",
    ),
  },
  {
    name: "bash-dev-tcp", title: "bash: /dev/tcp and /dev/udp",
    steps: box(
      "exec 3<>/dev/tcp/127.0.0.1/9; echo $?", "echo hi >/dev/tcp/127.0.0.1/9; echo $?", "echo hi >/dev/udp/127.0.0.1/9; echo $?", "echo hi >/dev/udp/127.0.0.1/foo", "echo hi >/dev/tcp/127.0.0.1/http",
      "echo hi >/dev/tcp/127.0.0.1", "echo hi >/dev/tcp/127.0.0.1/", "echo hi >/dev/tcp/10.1.1.1/80", "cat </dev/tcp/127.0.0.1/9", "(timeout 2 nc -l 5000 </dev/null | sed 's/^/got: /') & sleep .2; exec 3<>/dev/tcp/127.0.0.1/5000; echo hello >&3; exec 3>&-; wait",
      "(echo resp | timeout 2 nc -l -q0 5000 >/dev/null) & sleep .2; head -1 < /dev/tcp/127.0.0.1/5000; wait", "(timeout 1 nc -lu 5000 </dev/null) & sleep .2; echo hi >/dev/udp/127.0.0.1/5000; wait", "if (exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null; then echo open; else echo closed; fi",
      "{ echo x; } &>/dev/tcp/127.0.0.1/7; echo $?",
    ),
  },
  {
    name: "telnet", title: "telnet: connecting, refused, the prompt",
    steps: box(
      "telnet --version | head -1", "(printf 'hello\\r\\n'; sleep 1) | timeout 3 nc -l 5000 & sleep .2; (sleep .3; echo one; sleep .3; echo two; sleep .3) | telnet 127.0.0.1 5000; wait", "telnet 127.0.0.1 81 </dev/null",
      "telnet 10.1.1.1 81 </dev/null", "telnet 127.0.0.1 foo </dev/null", "printf 'status\\nhelp\\nopen 127.0.0.1 82\\nclose\\nfoo\\nquit\\n' | telnet", "(printf 'x\\n'; sleep .5) | timeout 3 nc -l 5000 & sleep .2; sleep 2 | telnet 127.0.0.1 5000; wait",
      "telnet 127.0.0.1 5000 23", "timeout 2 nc -l 5000 >/dev/null & sleep .2; telnet -e ^X 127.0.0.1 5000 </dev/null; wait",
    ),
  },
];
