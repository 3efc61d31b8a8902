import { fail } from "./context.ts";
import type { Compilation } from "./context.ts";
import { ETHERTYPE, linkTypeIs, moved, network, place, transport } from "./link.ts";
import type { LinkState, Offset } from "./link.ts";
import { allOf, always, and, load, masked, or, test } from "./node.ts";
import type { Node, Value, View } from "./node.ts";

const PORT = 6081;
const UDP = 17;
const MAX_VNI = 0xffffff;
const ETHERNET_BYTES = 14;

/** `geneve [vni]` (RFC 8926): version 0 on its port; what follows in the expression looks inside the tunnel. */
export function geneve(c: Compilation, vni: number | null): Node | null {
  if (vni !== null && vni > MAX_VNI) return fail(c, `Geneve VNI ${vni} greater than maximum ${MAX_VNI}`);
  const s = { ...c.link };
  const [four, six] = [linkTypeIs(s, ETHERTYPE.ip), linkTypeIs(s, ETHERTYPE.ip6)];
  if (four === null || six === null) return fail(c, "unsupported protocol over mpls");
  const outer = moved(s.payload, s.network);
  const in4 = allOf(
    four, test(network(s, 9, 1), "=", UDP), test(masked(network(s, 6, 2), 0x1fff), "=", 0), test(transport(s, 2, 2), "=", PORT),
    ...header(vni, (at, size) => transport(s, at, size)),
  );
  const in6 = allOf(
    six, test(network(s, 6, 1), "=", UDP), test(network(s, 42, 2), "=", PORT),
    ...header(vni, (at, size) => network(s, 40 + at, size)),
  );
  const cells = { type: s.cellsUsed, link: s.cellsUsed + 1, payload: s.cellsUsed + 2 };
  const found = or(and(in4, remember(outer, cells, (v, ip) => (load(v, ip, 1) & 15) * 4)), and(in6, remember(outer, cells, () => 40)));
  enter(c.link, cells);
  return found;
}

/** Version, and network identifier where one is asked for; `at` counts from the UDP header. */
function header(vni: number | null, value: (at: number, size: 1 | 4) => Value): Node[] {
  const version = test(masked(value(8, 1), 0xc0), "=", 0);
  return vni === null ? [version] : [version, test(masked(value(12, 4), 0xffffff00), "=", vni * 256)];
}

interface Cells {
  readonly type: number;
  readonly link: number;
  readonly payload: number;
}

/** Notes where the inner frame's type, header and payload are. */
function remember(outer: Offset, cells: Cells, ipBytes: (v: View, ip: number) => number): Node {
  const run = (v: View): boolean => {
    const ip = place(v, outer);
    const start = ip + ipBytes(v, ip) + 8;
    const inner = start + 8 + (load(v, start, 1) & 0x3f) * 4;
    const ethernet = load(v, start + 2, 2) === ETHERTYPE.teb;
    v.cells[cells.link] = inner;
    v.cells[cells.type] = ethernet ? inner + ETHERNET_BYTES - 2 : start + 2;
    v.cells[cells.payload] = ethernet ? inner + ETHERNET_BYTES : inner;
    return true;
  };
  return { is: "run", run };
}

function enter(link: LinkState, cells: Cells): void {
  link.kind = "ether";
  link.type = { fixed: 0, cell: cells.type };
  link.header = { fixed: 0, cell: cells.link };
  link.payload = { fixed: 0, cell: cells.payload };
  link.network = 0;
  link.inGeneve = true;
  link.cellsUsed += 3;
}

/** Tests of MAC addresses inside Geneve need an inner Ethernet header, which not every packet there has. */
export function notInGeneveWithoutEther(link: LinkState): Node {
  if (!link.inGeneve) return always(true);
  const [header, payload] = [link.header, link.payload];
  return { is: "run", run: (v) => place(v, header) !== place(v, payload) };
}

