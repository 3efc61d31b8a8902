import { Lab } from "./lab.ts";

/** One blank machine: `lo` up and nothing else. For scorers. */
export function bootHost(seed: number): Lab {
  const lab = new Lab("host", seed, "box", "host");
  lab.addRoot("host", "host").must("ip link set lo up");
  lab.defaultPlace = "host";
  lab.scene = { clusters: [], switches: [], hosts: ["host"] };
  return lab;
}

/** The deck's `docker run … --entrypoint bash knetsim`: eth0 172.17.0.2/16, a gateway, an Internet in which 8.8.8.8 answers. */
export function bootLab(seed: number): Lab {
  const lab = new Lab("lab", seed, "knetsim", "lab");
  lab.nameInHosts("knetsim");
  const root = lab.addRoot("lab", "host");
  const gateway = lab.addNode("gw", "host");
  const internet = lab.addNode("internet", "internet");
  const pidOf = (node: typeof root): number => node.process.pid.in(root.process.ns.pid)!;
  root.must("ip link set lo up");
  root.must(`ip link add eth0 type veth peer name docker0 netns ${pidOf(gateway)}; ip addr add 172.17.0.2/16 brd + dev eth0; ip link set eth0 up`);
  gateway.must("ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward; ip addr add 172.17.0.1/16 brd + dev docker0; ip link set docker0 up");
  gateway.must(`ip link add wan type veth peer name eth0 netns ${pidOf(internet)}; ip addr add 192.0.2.1/30 dev wan; ip link set wan up`);
  internet.must("ip link set lo up; ip addr add 192.0.2.2/30 dev eth0; ip link set eth0 up; ip addr add 8.8.8.8/32 dev lo; ip route add default via 192.0.2.1");
  gateway.must("ip route add default via 192.0.2.2");
  root.must("ip route add default via 172.17.0.1");
  lab.defaultPlace = "lab";
  lab.scene = { clusters: [], switches: [], hosts: ["lab", "gw", "internet"] };
  return lab;
}

