/** protocols(5) of Debian 12 (IANA's numbers): name and number. Each has an alias, its official name. */
const TABLE =
  "ip 0,icmp 1,igmp 2,ggp 3,ipencap 4 IP-ENCAP,st 5,tcp 6,egp 8,igp 9,pup 12,udp 17,hmp 20,xns-idp 22,rdp 27,iso-tp4 29,dccp 33,xtp 36," +
  "ddp 37,idpr-cmtp 38,ipv6 41,ipv6-route 43,ipv6-frag 44,idrp 45,rsvp 46,gre 47,esp 50 IPSEC-ESP,ah 51 IPSEC-AH,skip 57,ipv6-icmp 58," +
  "ipv6-nonxt 59,ipv6-opts 60,rspf 73,vmtp 81,eigrp 88,ospf 89 OSPFIGP,ax.25 93,ipip 94,etherip 97,encap 98,pim 103,ipcomp 108,vrrp 112," +
  "l2tp 115,isis 124,sctp 132,fc 133,mobility-header 135,udplite 136,mpls-in-ip 137,manet 138,hip 139,shim6 140,wesp 141,rohc 142," +
  "ethernet 143";

interface Protocol { readonly name: string; readonly number: number; readonly aliases: readonly string[] }

function readLine(line: string): Protocol {
  const [name = "", number = "0", ...aliases] = line.split(" ");
  return { name, number: Number(number), aliases: [...aliases, name.toUpperCase()] };
}

const LINES: readonly Protocol[] = [...TABLE.split(",").map(readLine), { name: "hopopt", number: 0, aliases: ["HOPOPT"] }];

/** Names by number, as `describe inet_proto` lists them. */
export const PROTOCOLS: readonly (readonly [name: string, number: number])[] = LINES.filter((p) => p.name !== "hopopt").map((p) => [p.name, p.number] as const);

/** nft's own words, known to its grammar besides the file's names. */
const EXTRA: readonly (readonly [string, number])[] = [["icmpv6", 58], ["comp", 108]];

/** getprotobyname(3). */
export function protocolNumber(name: string): number | null {
  const line = LINES.find((p) => p.name === name || p.aliases.includes(name));
  return line?.number ?? EXTRA.find(([word]) => word === name)?.[1] ?? null;
}
