/** How a scenario is drawn: who belongs where. Same shape as the protocol's Scene; positions are the page's business. */
export type PlaceKind = "root" | "worker" | "pod" | "etcd" | "host" | "netns" | "internet";

export interface SceneSwitch {
  readonly id: string;
  readonly label: string;
  readonly bridge: string;
  readonly ports: readonly { readonly port: string; readonly to: string }[];
}

export interface SceneCluster {
  readonly id: string;
  readonly label: string;
  readonly switch: SceneSwitch;
  readonly etcd: readonly string[];
  readonly workers: readonly string[];
}

export interface Scene {
  readonly clusters: readonly SceneCluster[];
  readonly switches: readonly SceneSwitch[];
  readonly hosts: readonly string[];
}
