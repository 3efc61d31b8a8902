import { useState } from "react";
import type { ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import type { CommandFacts } from "./facts.ts";

const INTERRUPT = "\x03";

interface Props {
  readonly command: CommandFacts;
  readonly text: string;
  readonly locked: boolean;
  /** `run`: Shift+click, Enter is pressed too. */
  readonly onType: (run: boolean) => void;
}

function footOf(locked: boolean, running: boolean, typed: boolean): string {
  if (locked) return "predict first";
  if (running) return "running";
  return typed ? "press Enter in the shell" : "types it, you press Enter";
}

/** A command that types itself into the right shell. The learner presses Enter. */
export function CommandCard({ command, text, locked, onType }: Props): ReactElement {
  const session = useSession();
  useSignal(session.terminals.changed);
  const [typed, setTyped] = useState(false);
  const shell = session.terminals.shells.find((one) => one.place === command.at && !one.closed);
  const running = shell?.running ?? "";
  // The card's own command at work is no obstacle, but there is nothing to type either.
  const isItself = running === text;
  const blockedBy = isItself ? "" : running;
  const idle = !locked && running === "";
  const newTab = (): void => { session.focusShell(session.terminals.openNew(command.at)); };
  return (
    <div className={locked ? "command-card locked" : "command-card"}>
      <button type="button" className="type-it" aria-disabled={!idle} onClick={(event) => {
        if (!idle) return;
        setTyped(true);
        onType(event.shiftKey);
      }}>{text}</button>
      <div className="foot">
        <span>{command.at} · {footOf(locked, isItself, typed)}</span>
        <span className="grow" />
        <button type="button" className="button quiet" aria-label={`Copy ${text}`} onClick={() => { void navigator.clipboard.writeText(text); }}><Icon name="copy" /></button>
      </div>
      {blockedBy !== "" && !locked && shell !== undefined && command.bg !== true && (
        <p className="blocked"><code>{blockedBy}</code> runs there.
          <button type="button" className="button" onClick={() => { session.type(shell, INTERRUPT); }}>Ctrl+C</button>
          <button type="button" className="button" onClick={newTab}>New shell</button>
        </p>
      )}
    </div>
  );
}
