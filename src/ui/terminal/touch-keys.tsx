import { useState } from "react";
import type { ReactElement } from "react";
import { useSession } from "../app/context.ts";
import type { Shell } from "./terminals.ts";

const KEYS: readonly (readonly [string, string, string])[] = [
  ["Tab", "\t", "Tab"], ["↑", "\x1b[A", "Up"], ["↓", "\x1b[B", "Down"], ["/", "/", "Slash"], ["-", "-", "Minus"], ["|", "|", "Pipe"], ["^C", "\x03", "Interrupt"], ["⏎", "\r", "Enter"],
];

/** Keys that a phone's keyboard lacks. Shown on narrow screens only. */
export function TouchKeys({ shell }: { readonly shell: Shell }): ReactElement {
  const session = useSession();
  const [pressed, setPressed] = useState("");
  return (
    <div className="touch-keys" role="toolbar" aria-label="Keys">
      {KEYS.map(([label, data, name]) => (
        <button key={name} type="button" aria-label={name} aria-pressed={pressed === name}
          onPointerDown={() => { setPressed(name); }} onPointerUp={() => { setPressed(""); }}
          onClick={() => { session.type(shell, data); session.focusShell(shell); }}>{label}</button>
      ))}
    </div>
  );
}
