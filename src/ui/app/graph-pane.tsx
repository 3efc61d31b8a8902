import type { ReactElement } from "react";

/** Placeholder until the drawing lands. */
export function GraphPane(): ReactElement {
  return <div className="empty">topology</div>;
}

export function StripPane(): ReactElement {
  return <div className="empty" style={{ padding: "8px 12px" }}>Run a command in a shell</div>;
}

export function PathPane(): ReactElement {
  return <div className="empty">path</div>;
}
