import { type Ip4, type Mac, formatIp4, inPrefix, parseIp4, parseMac } from "../../wire/addr.ts";

/** Another worker's lease: its pod subnet, its address on the underlay, the MAC of its flannel device. */
export interface Lease {
  readonly subnet: Ip4;
  readonly prefixLen: number;
  readonly publicIp: Ip4;
  readonly vtepMac: Mac;
}

/** One lease a line, "11.11.0.0/20 10.0.0.4 5a:…"; lines that are not one are left out. */
export function parseLeases(text: string): readonly Lease[] {
  return text.split("\n").flatMap((line) => {
    const lease = parseLease(line);
    return lease === null ? [] : [lease];
  });
}

function parseLease(line: string): Lease | null {
  const [prefix, ip, mac] = line.trim().split(/\s+/);
  const [net, length] = (prefix ?? "").split("/");
  const subnet = parseIp4(net ?? "");
  const publicIp = parseIp4(ip ?? "");
  const vtepMac = parseMac(mac ?? "");
  if (subnet === null || publicIp === null || vtepMac === null || !/^\d+$/.test(length ?? "")) return null;
  return { subnet, prefixLen: Number(length), publicIp, vtepMac };
}

/** The lease whose subnet an address is in. */
export const leaseFor = (leases: readonly Lease[], ip: Ip4): Lease | undefined => leases.find((l) => inPrefix(ip, l.subnet, l.prefixLen));

export const subnetText = (lease: Lease): string => `${formatIp4(lease.subnet)}/${lease.prefixLen}`;
