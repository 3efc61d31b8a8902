import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** A resolver of its own for the machine, and a name server on 127.0.0.1 that knows a few names. */
const SERVER = [
  "printf 'nameserver 127.0.0.1\\n' > rc; mount --bind rc /etc/resolv.conf",
  "printf 'hosts: files dns\\nnetworks: files\\n' > nss; mount --bind nss /etc/nsswitch.conf",
  "printf '127.0.0.1 localhost\\n10.0.0.1 web.lab web www\\n10.0.0.2 web.lab\\n10.0.0.3 db.lab\\n' > names",
  "dnsmasq --no-daemon --no-resolv --no-hosts --addn-hosts=names --listen-address=127.0.0.1 --bind-interfaces --address=/wild.test/10.9.9.9 --host-record=rec.test,alias.test,10.7.7.7"
  + " --cname=c.test,rec.test --user=root --txt-record=txt.test,'hello world',b --mx-host=mail.test,mx1.test,10 --srv-host=_http._tcp.test,db.lab,80,5 --local=/lab/ --local=/test/ --no-round-robin"
  + " --log-queries > log 2>&1 & sleep 0.5",
];
const STOP = ["pkill -x dnsmasq; sleep 0.2", "cat log"];

const dig = (...args: string[]): string[] => args.map((a) => `dig ${a}`);

/** Names: the server, the three tools that ask it, and the C library's resolver. */
export const DNS_SCRIPTS: readonly Script[] = [
  {
    name: "dig", title: "dig: answers of each kind, what is printed and left out, options and mistakes",
    steps: box(...SERVER, ...dig(
      "web.lab", "www", "@127.0.0.1 web.lab", "-x 10.0.0.1", "nosuch.lab", "nosuch.example", "x.wild.test", "wild.test AAAA", "rec.test AAAA", "c.test", "txt.test TXT", "mail.test MX",
      "_http._tcp.test SRV", "web.lab ANY", "+tcp web.lab", "+norecurse web.lab", "+noedns web.lab", "version.bind CH TXT", "web.lab wild.test", "-t TYPE65 db.lab", ".", "",
      "+short web.lab", "+short -x 10.0.0.1", "+short c.test", "+short mail.test MX", "+short txt.test TXT", "+short web.lab rec.test", "+short nosuch.lab", "+noall +answer web.lab",
      "web.lab +noall +answer", "+noall web.lab", "+nocmd db.lab", "+nocomments db.lab", "+nostats db.lab", "+noquestion db.lab", "+noall +comments db.lab", "+noall +stats db.lab | grep -c msec",
      "+nottlid +noall +answer +question db.lab", "+nocl +noall +answer db.lab", "+ttlunits +noall +answer db.lab", "+multiline +noall +answer mail.test mx", "+identify +short db.lab | cut -d' ' -f1-4",
      "+qr +nocookie db.lab", "+dnssec db.lab", "+nsid +bufsize=4096 db.lab", "+cdflag +noadflag db.lab", "+unknownformat +noall +answer db.lab", "WEB.Lab +noall +answer", "db.lab. +noall +answer",
      "-q db.lab -t A -c IN +noall +answer", "db.lab IN A +noall +answer", "+search +noall +answer web", "-b 127.0.0.5 +noall +answer db.lab", "-4 +noall +answer db.lab",
      "-p 54 db.lab", "+tries=1 -p 54 db.lab", "+tcp +tries=1 -p 54 db.lab", "@127.0.0.9 +tries=2 db.lab", "db.lab @127.0.0.1 wild.test @127.0.0.9 +tries=1", "@203.0.113.1 +tries=1 db.lab", "-b 10.99.99.99 db.lab",
      "-t FOO +noall +answer db.lab", "-c FOO +noall +answer db.lab", "+bogus db.lab", "-Z", "-q", "+time=x db.lab", "-p x db.lab", "-p 99999 db.lab", "-4 -6 db.lab", "a..b", `${"a".repeat(70)}.lab`, "@nosuch.host db.lab", "-v",
    ), ...STOP),
  },
  {
    name: "host-nslookup", title: "host and nslookup: answers of each kind, servers, mistakes",
    steps: box(...SERVER,
      "host web.lab", "host db.lab", "host 10.0.0.1", "host nosuch.lab", "host 10.0.0.9", "host -t MX mail.test", "host -t TXT txt.test", "host -a db.lab", "host -v db.lab", "host db.lab 127.0.0.1", "host db.lab 127.0.0.9",
      "host c.test", "host -t AAAA db.lab", "host -T db.lab", "host -4 db.lab", "host", "host -Z", "host -t FOO db.lab", "host -t SRV _http._tcp.test", "host nosuch.example", "host -t NS db.lab", "host -d -t A db.lab",
      "host -r db.lab", "host -c CH -t TXT version.bind", "host -V", "host db.lab nosuch.server", "host -t PTR 10.0.0.1", "host -a 10.0.0.1", "host -t ANY rec.test", "host -p 54 db.lab", "host -R 3 db.lab 127.0.0.9", "host a..b",
      "nslookup web.lab", "nslookup db.lab", "nslookup 10.0.0.1", "nslookup nosuch.lab", "nslookup db.lab 127.0.0.1", "nslookup db.lab 127.0.0.9", "nslookup -type=mx mail.test", "nslookup -query=txt txt.test", "nslookup c.test",
      "nslookup -debug db.lab", "nslookup 10.0.0.9", "nslookup nosuch.example", "nslookup -type=foo db.lab", "nslookup -port=54 db.lab", "nslookup -type=ns rec.test", "nslookup -type=srv _http._tcp.test", "nslookup -type=any rec.test",
      "nslookup -foo db.lab", "nslookup db.lab nosuch.server", "nslookup -type=soa db.lab", "nslookup -vc db.lab", "nslookup -version",
      "printf 'db.lab\\nset type=mx\\nmail.test\\nserver 127.0.0.1\\nset type=a\\nhelp\\ndb.lab 127.0.0.1\\nset foo\\nset debug\\ndb.lab\\nset nodebug\\n10.0.0.1\\nexit\\n' | nslookup",
      ...STOP),
  },
  {
    name: "dnsmasq", title: "dnsmasq: one server in front of another, what it logs, its options and mistakes",
    steps: box(
      "printf '10.0.0.1 web.lab web www\\n10.0.0.2 web.lab\\n' > names",
      "printf '# the server that knows\\nno-resolv\\nno-hosts\\naddn-hosts=names\\nlisten-address=127.0.0.2\\nbind-interfaces\\nuser=root\\nlog-queries\\ncname=al.lab,web.lab\\nlocal-ttl=600\\ntxt-record=t.lab,hi\\nlocal=/lab/\\nptr-record=9.0.0.10.in-addr.arpa,nine.lab\\nmx-host=m.lab,web.lab,5\\nno-round-robin\\n' > up.conf",
      "dnsmasq -d -C up.conf > up.log 2>&1 & sleep 0.3", "printf 'nameserver 127.0.0.2\\n' > rc",
      "dnsmasq -d -z -a 127.0.0.1 -q -u root -h -r $PWD/rc -n -A /one.test/1.2.3.4 -A /none.test/ -S /priv.test/127.0.0.2 -D -b --no-round-robin > log 2>&1 & sleep 0.5",
      ...["web.lab", "web.lab", "al.lab", "al.lab", "nosuch.lab", "t.lab TXT", "-x 10.0.0.1", "-x 10.0.0.9", "m.lab MX", "a.one.test", "none.test", "one.test AAAA", "x.priv.test", "nosuch.example", "+tcp web.lab", "web"]
        .map((q) => `dig @127.0.0.1 +noall +comments +answer ${q} | grep -v ^$ | sed 's/\\t[0-9][0-9]*\\t/ TTL /'`),
      "pkill -x dnsmasq; sleep 0.2", "cat up.log", "cat log",
      "dnsmasq --foo", "dnsmasq -d -a 10.77.0.1 -z -u root -R", "dnsmasq -d -C /nosuch", "dnsmasq -d -A foo -u root", "dnsmasq -v", "dnsmasq --test", "timeout 0.5 dnsmasq -d -H /nosuch -u root -R -h", "dnsmasq -d -p x", "dnsmasq extra",
      "echo foo=1 > bad; dnsmasq -C bad -d", "echo port > bad; dnsmasq -C bad -d", "echo no-hosts=1 > bad; dnsmasq -C bad -d", "timeout 0.5 dnsmasq -d -u root -R -h -a 127.0.0.1 -c 0 -n",
      "timeout 0.5 dnsmasq -d -u root -R -h -a 127.0.0.1 -S 10.0.0.1 -S '10.0.0.2#5353' -S /a.b/10.0.0.3 --local=/x.y/ --address=/z/1.1.1.1",
      "dnsmasq -d -u root -R -h -z -a 127.0.0.1 2>/dev/null & sleep 0.3; dnsmasq -d -u root -R -h -z -a 127.0.0.1; dnsmasq -d -u root -R -h; kill $!", "sleep 0.2",
      "dnsmasq -u root -R -h -A /x/1.2.3.4 -x $PWD/pid; dig @127.0.0.1 +short a.x; kill $(cat pid); sleep 0.2; ls pid"),
  },
  {
    name: "resolver", title: "The C library's resolver: files and DNS in the order of nsswitch.conf, search list, dots, errors",
    steps: box(
      ...SERVER, "printf '127.0.0.1 localhost\\n192.0.2.1 first second third\\n192.0.2.2 twice\\n192.0.2.3 twice other\\n# 192.0.2.4 hidden\\n10.0.0.3 mine\\n' > h; mount --bind h /etc/hosts",
      "getent hosts first", "getent hosts third", "getent hosts twice", "getent hosts hidden", "getent hosts web.lab", "getent hosts c.test", "getent hosts nosuch.lab", "getent hosts 10.0.0.1", "getent hosts 10.0.0.3", "getent hosts 10.0.0.99",
      "getent hosts 192.0.2.3", "getent ahostsv4 first", "getent ahosts first", "ip addr add 172.31.0.1/32 dev lo", "getent ahosts web.lab", "getent ahostsv6 web.lab", "getent ahostsv4 first", "getent ahostsv4 web.lab", "getent ahostsv4 c.test", "getent ahostsv4 127.1", "getent ahostsv4 0x7f.1", "getent ahostsv4 nosuch.lab", "getent ahostsv4 twice", "getent hosts 127.1",
      "ping -c 1 -W 1 nosuch.lab", "ping -c 1 -W 1 nosuch.example", "ping -c 1 mail.test", "ping -n -c 1 -W 1 localhost | head -1",
      "printf 'nameserver 127.0.0.1\\nsearch lab test\\n' > rc", "getent hosts db", "getent hosts rec", "getent hosts alias", "getent hosts web.x", "getent hosts nothing", "tail -n 12 log",
      "printf 'nameserver 127.0.0.1\\nsearch lab test\\noptions ndots:2\\n' > rc", "getent hosts x.wild", "getent hosts web.lab", "tail -n 6 log",
      "printf 'nameserver 127.0.0.9\\nnameserver 127.0.0.1\\n' > rc", "getent hosts db.lab", "printf 'nameserver 127.0.0.9\\n' > rc", "getent hosts db.lab", "ping -c 1 db.lab",
      "printf 'nameserver 127.0.0.1\\noptions use-vc\\n' > rc", "getent hosts db.lab", "printf 'nameserver 127.0.0.1\\n' > rc",
      "printf 'hosts: dns [NOTFOUND=return] files\\n' > nss", "getent hosts first", "printf 'hosts: nosuchservice files\\n' > nss", "getent hosts first", "getent hosts web.lab", "printf 'hosts: dns files\\n' > nss", "getent hosts first", "getent hosts db.lab",
      "getent services http", "getent services 53/udp", "getent services www/tcp", "getent services nosuch", "getent services 22", "getent protocols tcp", "getent protocols 17", "getent protocols ICMP", "getent protocols nosuch", "getent", "getent nosuch x",
      "pkill -x dnsmasq; sleep 0.2"),
  },
  {
    name: "names-in-tools", title: "Names of addresses in ip, arp, route, netstat, ping and tcpdump: from files and from DNS",
    steps: box(...SERVER,
      "printf '127.0.0.1 localhost\\n10.1.0.1 me\\n10.1.0.2 you\\n10.1.0.255 bcast\\n10.1.0.7 thisisaverylonghostname.example\\n' > h; mount --bind h /etc/hosts",
      "ip link add x0 address 02:00:00:00:00:01 type veth peer name x1", "ip addr add 10.1.0.1/24 brd + dev x0", "ip addr add 10.0.0.1/32 dev lo", "ip link set x0 up", "ip link set x1 up",
      "ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev x0; ip neigh add 10.1.0.3 lladdr 02:00:00:00:00:03 dev x0; ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:04 dev x0",
      "ip route add 10.9.0.0/16 via 10.1.0.2; ip route add 10.8.0.0/16 via 10.1.0.3 src 10.1.0.1; ip route add 10.1.0.77/32 dev x0; ip route add 10.7.0.7 via 10.1.0.7",
      "ip -r neigh | sort", "ip -r -j neigh show 10.1.0.2", "ip -r addr show x0", "ip -r -br addr show lo", "ip -r route", "ip -r route get 10.1.0.2", "ip -r route get 10.9.0.5", "ip -r route show table local", "ip -r rule",
      "arp | sort", "arp -a | sort", "arp you", "arp -a web.lab", "arp nosuch.lab", "route", "netstat -r", "route add -host web.lab dev x0; ip route show 10.0.0.1", "route del -host web.lab",
      "ping -c 1 me", "ping -c 1 localhost", "ping -c 1 web.lab", "ping -c 1 -n web.lab", "ping -c 1 127.0.0.1", "ping -c 1 c.test -W 1 > /dev/null; echo $?",
      "timeout -s INT 2 tcpdump -i lo -c 2 icmp 2>/dev/null & sleep 0.7; ping -c 1 web.lab > /dev/null; wait",
      "timeout -s INT 2 tcpdump -i lo -N -c 2 icmp 2>/dev/null & sleep 0.7; ping -c 1 web.lab > /dev/null; wait",
      "timeout -s INT 2 tcpdump -n -i lo -c 2 icmp 2>/dev/null & sleep 0.7; ping -c 1 web.lab > /dev/null; wait",
      "timeout -s INT 2 tcpdump -n -i lo -c 2 icmp and host web.lab 2>/dev/null & sleep 0.7; ping -c 1 127.0.0.1 > /dev/null; ping -c 1 10.0.0.1 > /dev/null; wait", "tcpdump -i lo host nosuch.lab",
      "iptables -A INPUT -s 10.1.0.2 -d 10.0.0.3 -j ACCEPT; iptables -A INPUT -s web.lab -j DROP; iptables -L INPUT; iptables -nL INPUT", "iptables -A INPUT -s nosuch.lab -j DROP", "iptables -F",
      "nft add table t; nft add chain t c", "nft add rule t c ip saddr db.lab drop", "nft add rule t c ip saddr web.lab drop", "nft add rule t c ip saddr nosuch.lab drop", "nft add rule t c ip saddr nosuch.example drop",
      "nft add rule t c ip saddr '{ db.lab, 10.9.9.9 }' accept; nft list table t",
      "pkill -x dnsmasq; sleep 0.2", "grep PTR log | sort | uniq"),
  },
];
