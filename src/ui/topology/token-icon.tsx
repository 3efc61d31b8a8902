import type { ReactElement } from "react";
import { innermost } from "./classify.ts";
import type { PacketKind, PacketLook } from "./classify.ts";

/** The token of a packet in running text: the same shape, letter and fill as on the map. */
export function TokenIcon({ look, nested = false }: { readonly look: PacketLook; readonly nested?: boolean }): ReactElement {
  const shown = innermost(look);
  const core = <Core kind={shown.kind} letter={shown.letter} reply={shown.reply} />;
  if (!nested || look.inner === null) return <svg className="token" viewBox="-16 -16 32 32" aria-hidden="true">{core}</svg>;
  return (
    <svg className="token wide" viewBox="-26 -18 52 36" aria-hidden="true">
      <rect className="token-vxlan" x={-24} y={-16} width={48} height={32} rx={16} />
      <rect className="token-sheet" x={-17} y={-11} width={34} height={22} rx={5} />
      <g transform="scale(0.66)">{core}</g>
    </svg>
  );
}

function Core({ kind, letter, reply }: { readonly kind: PacketKind; readonly letter: string; readonly reply: boolean }): ReactElement {
  return (
    <>
      {reply && kind !== "control" && <Outline kind={kind} r={15} className="token-ring" />}
      <Outline kind={kind} r={12} className={`token-${kind}`} />
      <text className={kind === "tcp" || kind === "http" ? "token-letter light" : "token-letter"} x={0} y={kind === "arp" ? 7.5 : 4.6} fontSize={letter.length > 1 ? 10.5 : 13}>{letter}</text>
    </>
  );
}

function Outline({ kind, r, className }: { readonly kind: PacketKind; readonly r: number; readonly className: string }): ReactElement {
  if (kind === "icmp") return <circle className={className} r={r} />;
  if (kind === "arp") return <path className={className} d={`M0 ${-r * 1.05}L${r * 1.13} ${r * 0.85}L${-r * 1.13} ${r * 0.85}Z`} />;
  if (kind === "udp") return <path className={className} d={`M0 ${-r * 1.2}L${r * 1.2} 0L0 ${r * 1.2}L${-r * 1.2} 0Z`} />;
  if (kind === "control") return <path className={className} d={polygon(5, r * 1.1)} />;
  return <rect className={className} x={-r * 0.95} y={-r * 0.95} width={r * 1.9} height={r * 1.9} rx={kind === "other" ? 6 : 2} />;
}

function polygon(corners: number, r: number): string {
  const points = Array.from({ length: corners }, (_, i) => -Math.PI / 2 + i * 2 * Math.PI / corners).map((a) => `${(r * Math.cos(a)).toFixed(1)} ${(r * Math.sin(a)).toFixed(1)}`);
  return `M${points.join("L")}Z`;
}
