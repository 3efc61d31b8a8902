import { type Box, bootBox } from "../os/box.ts";
import { changeCable } from "../os/cable.ts";
import type { Kernel } from "../os/kernel.ts";
import { mountSysfs } from "../os/mount.ts";
import type { Namespaces, NetNamespace } from "../os/namespace.ts";
import type { CableChange } from "../net/uapi/cable.ts";
import type { Sim } from "../sim/sim.ts";
import { utf8 } from "../wire/text.ts";
import { installPrograms } from "./install.ts";
import { rulePrinter } from "./rule-text.ts";
import { LabNode } from "./node.ts";
import type { PlaceKind, Scene } from "./scene.ts";

/** Where a shell can be opened: a network namespace with a name. */
export interface Place {
  readonly id: string;
  readonly kind: PlaceKind;
  readonly label: string;
  /** The place it lies in, null at top. */
  readonly parent: string | null;
  /** Node whose namespaces (mounts above all) a shell here shares; null where there is none. */
  readonly node: string | null;
  readonly net: NetNamespace;
}

/** A running scenario: one kernel, its machines, and how it is drawn. */
export class Lab {
  readonly scenario: string;
  readonly seed: number;
  readonly box: Box;
  readonly nodes = new Map<string, LabNode>();
  /** Places the scenario made; namespaces that somebody adds later are found by {@link places}. */
  readonly fixed = new Map<string, Place>();
  scene: Scene = { clusters: [], switches: [], hosts: [] };
  /** Place that a host's `run` uses when none is named. */
  defaultPlace = "box";
  home = "/root";

  constructor(scenario: string, seed: number, hostname: string, rootPlace: string) {
    this.scenario = scenario;
    this.seed = seed;
    this.box = bootBox(seed, hostname, rootPlace);
    installPrograms(this.kernel);
    this.kernel.netnsLabel = containerName;
    this.box.world.ruleText = rulePrinter();
  }

  get sim(): Sim {
    return this.box.sim;
  }

  get kernel(): Kernel {
    return this.box.kernel;
  }

  /** Environment of every shell. */
  get env(): ReadonlyMap<string, string> {
    return new Map([
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ["HOME", "/root"], ["USER", "root"], ["LOGNAME", "root"],
      ["SHELL", "/bin/bash"], ["TERM", "xterm-256color"], ["LANG", "C.UTF-8"], ["TZ", "UTC"],
    ]);
  }

  /** Adds a machine with its own network and mounts. */
  addNode(name: string, kind: PlaceKind): LabNode {
    const node = new LabNode(this, name, this.kernel.newHost(name));
    this.nodes.set(name, node);
    this.fixed.set(name, { id: name, kind, label: name, parent: null, node: name, net: node.ns.net! });
    return node;
  }

  /** Makes the machine itself (the first namespaces) a place, with or without a shell of the lab in it. */
  addRoot(id: string, kind: PlaceKind): LabNode {
    const node = new LabNode(this, id, {});
    this.nodes.set(id, node);
    this.fixed.set(id, { id, kind, label: id, parent: null, node: id, net: this.kernel.rootNs.net });
    return node;
  }

  /** All places now: the fixed ones and every named network namespace on them. */
  places(): readonly Place[] {
    const found = new Map(this.fixed);
    for (const node of this.nodes.values()) for (const place of namedOn(this, node)) if (!found.has(place.id)) found.set(place.id, place);
    return [...found.values()];
  }

  place(id: string): Place | undefined {
    return this.fixed.get(id) ?? this.places().find((p) => p.id === id);
  }

  /** Does something to the cable of a device, "place:name"; a sentence when that cannot be. */
  changeCable(device: string, change: CableChange): string | null {
    const at = device.lastIndexOf(":");
    const place = this.place(device.slice(0, at));
    return place === undefined ? `There is no place "${device.slice(0, at)}".` : changeCable(place.net.netns, device.slice(at + 1), change);
  }

  /** Namespaces of a new shell at a place; in a named network namespace /sys shows that one, as `ip netns exec` sees to. */
  namespacesAt(place: Place): Partial<Namespaces> {
    const ns = this.nodes.get(place.node ?? "")?.ns ?? {};
    if (place.net === (ns.net ?? this.kernel.rootNs.net)) return { ...ns, net: place.net };
    const mnt = this.kernel.newMountNamespace(ns.mnt);
    mountSysfs(this.kernel.context({ ...this.kernel.rootNs, mnt }), place.net, "/sys");
    return { ...ns, net: place.net, mnt };
  }

  /** The line that Docker writes for a container's own name. */
  nameInHosts(hostname: string): void {
    this.kernel.writeFile("/etc/hosts", utf8(`127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n172.17.0.2\t${hostname}\n`));
  }

  /** Lets simulated time pass. */
  pass(ns: number): void {
    this.sim.runUntil(this.sim.nowNs + ns);
  }
}

/** Names in a machine's /run/netns. */
function* namedOn(lab: Lab, node: LabNode): Generator<Place> {
  const mnt = node.ns.mnt ?? lab.kernel.rootNs.mnt;
  for (const mount of mnt.mounts) {
    const match = /^\/run\/netns\/(.+)$/.exec(mount.path);
    if (match === null || mount.holds === null || mount.holds.kind !== "net") continue;
    const net = mount.holds as NetNamespace;
    const label = containerName(match[1]!);
    yield { id: `${node.name}/${label}`, kind: label === match[1] ? "netns" : "pod", label, parent: node.name, node: node.name, net };
  }
}

/** "k0_c1" is what the lab calls container c1 of cluster 0. */
export const containerName = (netnsName: string): string => netnsName.replace(/^k\d+_/, "");
