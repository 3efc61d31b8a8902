import { datatype, symbols, TYPE } from "./types-base.ts";

/** Types of ICMP, ICMPv6, IGMP (IANA's numbers under nft's names). */
export const ICMP_TYPE = datatype({
  id: TYPE.icmpType, name: "icmp_type", desc: "ICMP type", byteorder: "big", size: 8,
  symbols: symbols("dec", {
    "echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, redirect: 5, "echo-request": 8, "router-advertisement": 9,
    "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp-request": 13, "timestamp-reply": 14,
    "info-request": 15, "info-reply": 16, "address-mask-request": 17, "address-mask-reply": 18,
  }),
});

export const ICMP_CODE = datatype({
  id: TYPE.icmpCode, name: "icmp_code", desc: "icmp code", byteorder: "big", size: 8,
  symbols: symbols("dec", {
    "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3, "net-prohibited": 9, "host-prohibited": 10,
    "admin-prohibited": 13, "frag-needed": 4,
  }),
});

export const ICMPV6_TYPE = datatype({
  id: TYPE.icmp6Type, name: "icmpv6_type", desc: "ICMPv6 type", byteorder: "big", size: 8,
  symbols: symbols("dec", {
    "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo-request": 128, "echo-reply": 129,
    "mld-listener-query": 130, "mld-listener-report": 131, "mld-listener-done": 132, "mld-listener-reduction": 132, "nd-router-solicit": 133,
    "nd-router-advert": 134, "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137, "router-renumbering": 138,
    "ind-neighbor-solicit": 141, "ind-neighbor-advert": 142, "mld2-listener-report": 143,
  }),
});

export const ICMPV6_CODE = datatype({
  id: TYPE.icmpv6Code, name: "icmpv6_code", desc: "icmpv6 code", byteorder: "big", size: 8,
  symbols: symbols("dec", { "no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4, "policy-fail": 5, "reject-route": 6 }),
});

export const ICMPX_CODE = datatype({
  id: TYPE.icmpxCode, name: "icmpx_code", desc: "icmpx code", byteorder: "big", size: 8,
  symbols: symbols("dec", { "port-unreachable": 1, "admin-prohibited": 3, "no-route": 0, "host-unreachable": 2 }),
});

export const IGMP_TYPE = datatype({
  id: TYPE.igmpType, name: "igmp_type", desc: "IGMP type", byteorder: "big", size: 8,
  symbols: symbols("dec", {
    "membership-query": 0x11, "membership-report-v1": 0x12, "membership-report-v2": 0x16, "membership-report-v3": 0x22, "leave-group": 0x17,
  }),
});
