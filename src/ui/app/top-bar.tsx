import "./top-bar.css";
import type { ReactElement, ReactNode } from "react";
import type { DialogName } from "./dialogs.tsx";
import { Menu } from "./menu.tsx";
import { hrefOf } from "./route.ts";

/** A packet in its shell: the page's mark. */
function Mark(): ReactElement {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect x="1.5" y="4.5" width="21" height="15" rx="7.5" fill="var(--pkt-vxlan)" stroke="var(--ink)" strokeWidth="1.5" />
      <circle cx="12" cy="12" r="4.6" fill="var(--pkt-icmp)" stroke="#111" strokeWidth="1.3" />
    </svg>
  );
}

interface Props {
  readonly crumbs: readonly string[];
  /** "step 3 of 6", or nothing. */
  readonly where: string;
  readonly onDialog: (name: DialogName) => void;
  readonly children?: ReactNode;
}

export function TopBar({ crumbs, where, onDialog, children }: Props): ReactElement {
  return (
    <header className="top-bar">
      <a className="brand" href={hrefOf({ is: "home" })}><Mark />knetsim</a>
      <nav className="crumbs" aria-label="Breadcrumb">
        {crumbs.map((crumb, i) => <span key={crumb}>{i > 0 && <span className="sep" aria-hidden="true">▸</span>}{crumb}</span>)}
      </nav>
      {where !== "" && <span className="where">{where}</span>}
      {children}
      <Menu onDialog={onDialog} />
    </header>
  );
}
