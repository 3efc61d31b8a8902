import "./trouble.css";
import { Component } from "react";
import type { ReactElement, ReactNode } from "react";
import { useSession, useSignal } from "./context.ts";
import type { Session } from "./session.ts";

function reportOf(session: Session): string {
  return JSON.stringify({ scenario: session.scenario, trouble: session.trouble, events: session.world.log.end, inputs: session.inputs, browser: navigator.userAgent }, null, 1);
}

/** The engine is gone: what happened, and two ways on. */
export function StoppedNotice(): ReactElement | null {
  const session = useSession();
  useSignal(session.changed);
  if (session.status !== "stopped") return null;
  return (
    <div className="stopped" role="alertdialog" aria-labelledby="stopped-title">
      <div>
        <h2 id="stopped-title">The simulation stopped. Your log is safe.</h2>
        <p>This is a fault of knetsim, not of your commands.</p>
        <pre>{session.trouble}</pre>
        <div className="row">
          <button type="button" className="button primary" autoFocus onClick={() => { session.restart(); }}>Restart</button>
          <button type="button" className="button" onClick={() => { void navigator.clipboard.writeText(reportOf(session)); }}>Copy report</button>
        </div>
      </div>
    </div>
  );
}

interface GuardState { readonly error: string | null }

/** Catches a fault of the page's own code: never a blank page. */
export class Guard extends Component<{ readonly what: string; readonly children: ReactNode }, GuardState> {
  override state: GuardState = { error: null };

  static getDerivedStateFromError(error: unknown): GuardState {
    return { error: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="empty" role="alert">
        <p>{this.props.what} stopped working: {this.state.error}</p>
        <p><button type="button" className="button" onClick={() => { this.setState({ error: null }); }}>Show it again</button></p>
      </div>
    );
  }
}
