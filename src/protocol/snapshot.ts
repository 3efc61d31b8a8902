import type { TableName } from "../net/uapi/trace.ts";

/** The whole observable world at one instant: sent on load, scenario change and seek. */
export interface Snapshot {
  readonly scenario: string;
  readonly seed: number;
  readonly atNs: number;
  /** Trace events before this instant; the next event has this number. */
  readonly seq: number;
  readonly scene: Scene;
  readonly places: readonly PlaceInfo[];
  readonly devices: readonly DeviceInfo[];
  readonly tables: readonly TableInfo[];
  readonly processes: readonly ProcessInfo[];
  /** Hash over all trace events so far, hex: equal on every machine for the same input log. */
  readonly traceHash: string;
}

/** How the scenario is drawn: who belongs where. Positions are the page's business. */
export interface Scene {
  readonly clusters: readonly SceneCluster[];
  /** Switches outside clusters, e.g. t0. Ids of places or of bridges as "box:t0". */
  readonly switches: readonly SceneSwitch[];
  /** Places that stand by themselves (single machines, the Internet host). */
  readonly hosts: readonly string[];
}
export interface SceneCluster {
  readonly id: string;
  readonly label: string;
  readonly switch: SceneSwitch;
  readonly etcd: readonly string[];
  readonly workers: readonly string[];
}
export interface SceneSwitch {
  readonly id: string;
  readonly label: string;
  /** The bridge device that is this switch, "box:C0s0". */
  readonly bridge: string;
  /** Bridge ports with what they lead to: "box:C0s0-eth3" → "C0w1:C0w1-eth0" or another switch's port. */
  readonly ports: readonly { readonly port: string; readonly to: string }[];
}

export type PlaceKind = "root" | "worker" | "pod" | "etcd" | "host" | "netns" | "internet";

/** A network namespace. */
export interface PlaceInfo {
  readonly id: string;
  readonly kind: PlaceKind;
  readonly label: string;
  /** The place it lies in (a pod's worker), null at top. */
  readonly parent: string | null;
  /** True when a shell can be opened here. */
  readonly shell: boolean;
  /** Prompt of a shell here without the final "#". */
  readonly prompt: string;
}

export type DeviceKind = "loopback" | "veth" | "bridge" | "vxlan" | "dummy" | "cable";

export interface DeviceInfo {
  /** "place:name". */
  readonly id: string;
  readonly place: string;
  readonly name: string;
  readonly ifindex: number;
  readonly kind: DeviceKind;
  readonly mac: string;
  readonly mtuBytes: number;
  readonly up: boolean;
  readonly carrier: boolean;
  /** Bridge this is a port of, "place:name", or null. */
  readonly master: string | null;
  /** The other end of a veth or cable, "place:name", or null. */
  readonly peer: string | null;
  /** "11.10.128.2/20". */
  readonly addresses: readonly string[];
  readonly vni: number | null;
}

export interface TableInfo {
  readonly place: string;
  readonly table: TableName;
  readonly rows: readonly { readonly key: string; readonly text: string }[];
}

export interface ProcessInfo {
  readonly pid: number;
  readonly place: string;
  readonly command: string;
  readonly running: boolean;
}
