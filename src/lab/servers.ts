import { SS_PATH, SS_TEXT } from "../programs/python3/ss.ts";
import { utf8 } from "../wire/text.ts";
import type { Lab } from "./lab.ts";
import type { LabNode } from "./node.ts";

/* What k8s-netsim's main.py starts in the pods of cluster 0, and the ingress on the first worker: typed, as there. */

/** Web servers in pods: one that serves files, and two replicas of each service behind the ingress. */
const SERVERS = [
  { worker: "C0w3", container: "c4", command: "python3 -m http.server 80" },
  { worker: "C0w2", container: "ic0", command: "python3 ./utils/ss.py S1-W2" },
  { worker: "C0w3", container: "ic1", command: "python3 ./utils/ss.py S1-W3" },
  { worker: "C0w2", container: "ic2", command: "python3 ./utils/ss.py S2-W2" },
  { worker: "C0w3", container: "ic3", command: "python3 ./utils/ss.py S2-W3" },
] as const;

/** ingress.py: paths and the services they lead to, on one port of one worker. */
const INGRESS = { worker: "C0w1", name: "grp1", port: 8001, paths: [["/svc1", "100.64.11.1", 8000], ["/svc2", "100.64.11.2", 8000]] } as const;

/** Where the course's programs lie, and where main.py and all its shells stand. */
export const PROJECT = SS_PATH.slice(0, SS_PATH.indexOf("/", 1));

export function installCourseFiles(lab: Lab): void {
  lab.kernel.writeFile(SS_PATH, utf8(SS_TEXT), 0o755);
}

/** An interpreter needs this long to be ready (measured: 60 to 90 ms); main.py goes on meanwhile. */
const START_NS = 100_000_000;

export function startServers(hosts: ReadonlyMap<string, LabNode>): void {
  for (const { worker, container, command } of SERVERS) {
    hosts.get(worker)!.type(`ip netns exec k0_${container} ${command} > /dev/null 2>&1 &`);
  }
}

/** Until those that were started last accept connections. */
export function awaitServers(lab: Lab): void {
  lab.pass(START_NS);
}

/** Writes nginx's configuration and starts it. */
export function startIngress(hosts: ReadonlyMap<string, LabNode>): void {
  const { worker, name, port, paths } = INGRESS;
  const file = `/tmp/knetsim/${worker}/${name}.conf`;
  const locations = paths.map(([path, vip, to]) => `    location ${path} { proxy_pass http://${vip}:${to}; }`);
  const lines = ["events{}", "http {", "  server {", `    listen ${port};`, ...locations, "  }", "}"];
  hosts.get(worker)!.must(`printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} > ${file}; nginx -c ${file}`);
}
