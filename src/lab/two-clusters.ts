import { masquerade } from "./cni-masquerade.ts";
import { SERVICES, addVip, startProxy } from "./kube-proxy.ts";
import { Lab } from "./lab.ts";
import type { LabNode } from "./node.ts";
import { type HostPlan, type LabPlan, type WorkerPlan, addressIn, containerIp, planTwoClusters } from "./plan.ts";
import { PROJECT, awaitServers, installCourseFiles, startIngress, startServers } from "./servers.ts";
import type { Scene, SceneSwitch } from "./scene.ts";

/** k8s-netsim's two clusters, built in the order of its main.py by typing into the machines' shells. */
export function bootTwoClusters(seed: number): Lab {
  const plan = planTwoClusters(seed);
  const lab = new Lab("two-clusters", seed, "knetsim", "box");
  lab.home = PROJECT;
  lab.kernel.makeDirs("/tmp/knetsim");
  installCourseFiles(lab);
  lab.nameInHosts("knetsim");
  const root = lab.addRoot("box", "root");
  root.must("ip link set lo up");
  const hosts = new Map(plan.hosts.map((h) => [h.name, lab.addNode(h.name, h.kind)]));
  linkHosts(plan, root, hosts);
  startSwitches(root);
  startFlannel(plan, hosts);
  for (const worker of plan.workers) startProxy(hosts.get(worker.name)!);
  createPods(lab, plan, hosts);
  startServers(hosts);
  startIngress(hosts);
  awaitServers(lab);
  lab.scene = sceneOf(plan);
  lab.defaultPlace = "C0w1";
  return lab;
}

/** Several lines for one `ip` or `bridge`, as a here-string: a process less a line, and still what anybody could type. */
const batch = (tool: string, lines: readonly string[]): string => `${tool} -b - <<< $'${lines.join("\\n")}'`;

/** Veths from hosts to switch ports, switch to switch in between, as Mininet orders them. */
function linkHosts(plan: LabPlan, root: LabNode, hosts: ReadonlyMap<string, LabNode>): void {
  const lines = plan.hosts.flatMap((host) => {
    const pid = hosts.get(host.name)!.process.pid.in(root.process.ns.pid);
    const cable = `link add ${host.port} type veth peer name ${host.name}-eth0 netns ${pid}`;
    const uplink = `link add C${host.cluster}s0-eth6 type veth peer name t0-eth${host.cluster + 1}`;
    return host.name.endsWith("e2") ? [cable, uplink] : [cable];
  });
  root.must(batch("ip", lines));
  for (const host of plan.hosts) startHost(hosts.get(host.name)!, host);
}

function startHost(node: LabNode, host: HostPlan): void {
  node.must(`mkdir -p /run/netns /tmp/knetsim/${host.name}; mount -t tmpfs tmpfs /run/netns`);
  const dev = `${host.name}-eth0`;
  node.must(batch("ip", [`addr add ${host.ip}/8 brd + dev ${dev}`, `link set ${dev} up`, "link set lo up"]));
}

function startSwitches(root: LabNode): void {
  for (const [name, ports] of [["C0s0", 6], ["C1s0", 6], ["t0", 2]] as const) {
    const joins = Array.from({ length: ports }, (_, i) => `link set ${name}-eth${i + 1} master ${name} up`);
    root.must(batch("ip", [`link add ${name} type bridge`, ...joins, `link set ${name} up`]));
  }
}

/** What flanneld 0.6.2 configures on a worker, then flanneld itself, which answers L3 misses. */
function startFlannel(plan: LabPlan, hosts: ReadonlyMap<string, LabNode>): void {
  const leases = new Map<string, string>();
  for (const worker of plan.workers) {
    const node = hosts.get(worker.name)!;
    node.must("echo 1 > /proc/sys/net/ipv4/ip_forward");
    node.must(batch("ip", [
      `link add flannel.100 txqueuelen 0 type vxlan id 100 dev ${worker.name}-eth0 local ${worker.ip} dstport 8472 nolearning`,
      `addr add ${worker.subnet}/8 dev flannel.100`, "link set flannel.100 up",
    ]));
    node.must("echo 3 > /proc/sys/net/ipv4/neigh/flannel.100/app_solicit");
    leases.set(worker.name, `${worker.subnet}/20 ${worker.ip} ${node.type("cat /sys/class/net/flannel.100/address").trim()}`);
  }
  for (const worker of plan.workers) joinOverlay(hosts.get(worker.name)!, worker, plan, leases);
}

function joinOverlay(node: LabNode, worker: WorkerPlan, plan: LabPlan, leases: ReadonlyMap<string, string>): void {
  const dir = `/tmp/knetsim/${worker.name}`;
  const peers = plan.workers.filter((w) => w.cluster === worker.cluster && w !== worker).map((peer) => leases.get(peer.name)!);
  const rows = peers.map((lease) => lease.split(" ")).map(([, ip, mac]) => `fdb append ${mac} dev flannel.100 dst ${ip} self permanent`);
  node.must(batch("bridge", rows));
  node.must(`printf '%s\\n' ${peers.map((lease) => `'${lease}'`).join(" ")} > ${dir}/leases`);
  node.must(`printf 'FLANNEL_NETWORK=11.0.0.0/8\\nFLANNEL_SUBNET=${addressIn(worker.subnet, 1)}/20\\nFLANNEL_MTU=1450\\nFLANNEL_IPMASQ=false\\n' > ${dir}/flannel-subnet.env`);
  node.type(`flanneld -iface=${worker.ip} -leases-file ${dir}/leases -subnet-file ${dir}/flannel-subnet.env > ${dir}/flannel.log 2>&1 &`);
}

/** As main.py does: c1 … c4 and the first service of each cluster, then the ingress backends ic0 … ic3 and their two services. */
function createPods(lab: Lab, plan: LabPlan, hosts: ReadonlyMap<string, LabNode>): void {
  const containersOf = (cluster: number, ingress: boolean): readonly { readonly plan: WorkerPlan; readonly container: string }[] =>
    plan.workers.filter((w) => w.cluster === cluster).flatMap((w) => w.containers.filter((c) => c.startsWith("ic") === ingress).map((container) => ({ plan: w, container })));
  for (const [cluster, ingress] of [[0, false], [1, false], [0, true]] as const) {
    for (const one of containersOf(cluster, ingress)) createContainer(lab, hosts.get(one.plan.name)!, one.plan, one.container);
    const workers = plan.workers.filter((w) => w.cluster === cluster);
    for (const service of SERVICES.filter((s) => s.ingress === ingress)) addVip(workers.map((w) => hosts.get(w.name)!), service.vip, service.backends.map((name) => addressOf(workers, name)));
  }
}

function addressOf(workers: readonly WorkerPlan[], container: string): string {
  return containerIp(workers.find((w) => w.containers.includes(container))!, container);
}

/** What the CNI bridge plugin does for a container, as commands: cni0 on first use, a veth pair, address and routes. */
function createContainer(lab: Lab, node: LabNode, worker: WorkerPlan, name: string): void {
  const netns = `k${worker.cluster}_${name}`;
  const veth = `veth${lab.sim.rng.u32().toString(16).padStart(8, "0")}`;
  const gateway = addressIn(worker.subnet, 1);
  if (worker.containers[0] === name) createBridge(lab, node, gateway);
  node.must(`ip netns add ${netns}`);
  node.must(batch("ip", [
    `link add ${veth} txqueuelen 0 mtu 1450 type veth peer name eth0 txqueuelen 0 mtu 1450 netns ${netns}`, `link set ${veth} master cni0 up`,
  ]));
  node.must(batch(`ip -n ${netns}`, [
    `addr add ${containerIp(worker, name)}/20 brd + dev eth0`, "link set eth0 up", `route add default via ${gateway}`, `route add 11.0.0.0/8 via ${gateway}`,
  ]));
  masquerade(node, { network: worker.name, netns, ip: containerIp(worker, name), subnet: worker.subnet });
}

function createBridge(lab: Lab, node: LabNode, gateway: string): void {
  const tail = lab.sim.rng.u32().toString(16).padStart(8, "0").replace(/(..)/g, ":$1");
  node.must(batch("ip", [`link add cni0 mtu 1450 address 3a:67${tail} type bridge`, "link set cni0 up", `addr add ${gateway}/20 brd + dev cni0`]));
}

function sceneOf(plan: LabPlan): Scene {
  const t0: SceneSwitch = { id: "t0", label: "t0", bridge: "box:t0", ports: [0, 1].map((c) => ({ port: `box:t0-eth${c + 1}`, to: `box:C${c}s0-eth6` })) };
  const clusters = [0, 1].map((c) => ({
    id: `C${c}`, label: `Cluster ${c}`, switch: clusterSwitch(plan, c),
    etcd: plan.hosts.filter((h) => h.cluster === c && h.kind === "etcd").map((h) => h.name),
    workers: plan.workers.filter((w) => w.cluster === c).map((w) => w.name),
  }));
  return { clusters, switches: [t0], hosts: [] };
}

function clusterSwitch(plan: LabPlan, cluster: number): SceneSwitch {
  const ports = plan.hosts.filter((h) => h.cluster === cluster).map((h) => ({ port: `box:${h.port}`, to: `${h.name}:${h.name}-eth0` }));
  const uplink = { port: `box:C${cluster}s0-eth6`, to: `box:t0-eth${cluster + 1}` };
  return { id: `C${cluster}s0`, label: `C${cluster}s0`, bridge: `box:C${cluster}s0`, ports: [...ports, uplink] };
}
