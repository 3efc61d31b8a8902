import type { DeviceInfo, PlaceInfo, Scene, Snapshot, TableInfo } from "../../protocol/snapshot.ts";
import { deviceOf, snapshotOf } from "../store/world-fixture.ts";

/** The lab's topology by hand, for work on the page without an engine. */
interface WorkerSketch {
  readonly id: string;
  readonly ip: string;
  readonly subnet: string;
  readonly pods: readonly string[];
}

const WORKERS: readonly WorkerSketch[] = [
  { id: "C0w1", ip: "10.0.0.3", subnet: "11.10.128", pods: ["c1"] },
  { id: "C0w2", ip: "10.0.0.4", subnet: "11.11.0", pods: ["c2"] },
  { id: "C0w3", ip: "10.0.0.5", subnet: "11.15.48", pods: ["c3", "c4"] },
  { id: "C1w1", ip: "10.0.0.8", subnet: "11.20.0", pods: ["c1"] },
  { id: "C1w2", ip: "10.0.0.9", subnet: "11.24.16", pods: ["c2"] },
  { id: "C1w3", ip: "10.0.0.10", subnet: "11.31.64", pods: ["c3"] },
];

const place = (id: string, kind: PlaceInfo["kind"], parent: string | null): PlaceInfo =>
  ({ id, kind, label: id.split("/").at(-1) ?? id, parent, shell: true, prompt: id });

function workerDevices({ id, ip, subnet, pods }: WorkerSketch): DeviceInfo[] {
  const bridge = `${id}:cni0`;
  return [
    deviceOf(`${id}:${id}-eth0`, { kind: "cable", addresses: [`${ip}/8`], peer: `box:${id.slice(0, 2)}s0-eth${Number(id.slice(3)) + 2}` }),
    deviceOf(`${id}:flannel.100`, { kind: "vxlan", vni: 100, mtuBytes: 1450, addresses: [`${subnet}.0/8`] }),
    deviceOf(bridge, { kind: "bridge", mtuBytes: 1450, addresses: [`${subnet}.1/20`] }),
    ...pods.flatMap((pod, i) => [
      deviceOf(`${id}:veth${pod}`, { mtuBytes: 1450, master: bridge, peer: `${id}/${pod}:eth0` }),
      deviceOf(`${id}/${pod}:eth0`, { mtuBytes: 1450, addresses: [`${subnet}.${i + 2}/20`], peer: `${id}:veth${pod}` }),
    ]),
  ];
}

function workerTables({ id, ip, subnet }: WorkerSketch): TableInfo[] {
  const rows = (...texts: string[]) => texts.map((text) => ({ key: text, text }));
  return [
    { place: id, table: "route", rows: rows(
      `10.0.0.0/8 dev ${id}-eth0 proto kernel scope link src ${ip}`,
      `11.0.0.0/8 dev flannel.100 proto kernel scope link src ${subnet}.0`,
      `${subnet}.0/20 dev cni0 proto kernel scope link src ${subnet}.1`) },
    { place: id, table: "fdb", rows: rows("5a:00:00:00:00:02 dst 10.0.0.4 self permanent", "5a:00:00:00:00:03 dst 10.0.0.5 self permanent") },
    { place: id, table: "neigh", rows: rows("10.0.0.4 dev C0w1-eth0 lladdr 02:00:00:00:00:04 REACHABLE") },
    { place: id, table: "sysctl", rows: rows("net.ipv4.ip_forward = 1") },
  ];
}

function cluster(index: number): Scene["clusters"][number] {
  const id = `C${index}`;
  const to = [`${id}e1`, `${id}e2`, `${id}w1`, `${id}w2`, `${id}w3`].map((node) => `${node}:${node}-eth0`);
  const ports = [...to, `box:t0-eth${index + 1}`].map((far, i) => ({ port: `box:${id}s0-eth${i + 1}`, to: far }));
  return {
    id, label: `Cluster ${index}`, switch: { id: `${id}s0`, label: `${id}s0`, bridge: `box:${id}s0`, ports },
    etcd: [`${id}e1`, `${id}e2`], workers: [`${id}w1`, `${id}w2`, `${id}w3`],
  };
}

export function twoClustersFixture(): Snapshot {
  const clusters = [cluster(0), cluster(1)];
  const etcd = clusters.flatMap((one) => one.etcd);
  return snapshotOf({
    scenario: "two-clusters",
    scene: {
      clusters, hosts: [],
      switches: [{ id: "t0", label: "t0", bridge: "box:t0", ports: [0, 1].map((i) => ({ port: `box:t0-eth${i + 1}`, to: `box:C${i}s0-eth6` })) }],
    },
    places: [
      { ...place("box", "root", null), shell: false },
      ...etcd.map((id) => place(id, "etcd", null)),
      ...WORKERS.flatMap((worker) => [place(worker.id, "worker", null), ...worker.pods.map((pod) => place(`${worker.id}/${pod}`, "pod", worker.id))]),
    ],
    devices: [
      ...WORKERS.flatMap(workerDevices),
      ...etcd.map((id) => deviceOf(`${id}:${id}-eth0`, { kind: "cable", addresses: [`10.${Number(id[1]) + 1}.0.${id.at(-1) ?? "1"}/8`] })),
      ...["C0s0", "C1s0", "t0"].map((id) => deviceOf(`box:${id}`, { kind: "bridge" })),
    ],
    tables: WORKERS.flatMap(workerTables),
    processes: [{ pid: 40, place: "C0w1", command: "flanneld", running: true }],
  });
}
