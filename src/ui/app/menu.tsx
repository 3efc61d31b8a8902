import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import { useApp, usePref } from "./context.ts";
import type { DialogName } from "./dialogs.tsx";
import { Icon } from "./icons.tsx";
import type { Prefs } from "./prefs.ts";

interface ChoiceProps<K extends keyof Prefs> {
  readonly legend: string;
  readonly name: K;
  readonly options: readonly (readonly [Prefs[K], string])[];
}

function Choice<K extends keyof Prefs>({ legend, name, options }: ChoiceProps<K>): ReactElement {
  const { prefs } = useApp();
  const value = usePref((all) => all[name]);
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div className="segments">
        {options.map(([option, label]) => (
          <label key={label}>
            <input type="radio" name={`pref-${name}`} checked={value === option} onChange={() => { prefs.setState({ [name]: option }); }} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Settings(): ReactElement {
  return (
    <>
      <Choice legend="Theme" name="theme" options={[["system", "System"], ["light", "Light"], ["dark", "Dark"], ["contrast", "High contrast"]]} />
      <Choice legend="Text size" name="textScale" options={[[1, "100 %"], [1.15, "115 %"], [1.3, "130 %"], [1.5, "150 %"]]} />
      <Choice legend="Motion" name="motion" options={[["system", "As the system says"], ["reduced", "Reduced"]]} />
      <Choice legend="Announcements for screen readers" name="verbosity" options={[["off", "Off"], ["summary", "Summary"], ["every hop", "Every hop"]]} />
      <Choice legend="Single-letter keys" name="letterKeys" options={[[true, "On"], [false, "Off"]]} />
    </>
  );
}

/** The one menu: how the page looks and sounds, and words about it. */
export function Menu({ onDialog }: { readonly onDialog: (name: DialogName) => void }): ReactElement {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const onDown = (event: Event): void => { if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false); };
    addEventListener("pointerdown", onDown);
    return () => { removeEventListener("pointerdown", onDown); };
  }, [open]);
  const show = (name: DialogName) => () => { setOpen(false); onDialog(name); };
  return (
    <div className="menu" ref={root} onKeyDown={(event) => {
      if (event.key !== "Escape" || !open) return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    }}>
      <button ref={button} type="button" className="button" aria-expanded={open} aria-controls="menu-panel" onClick={() => { setOpen(!open); }}>
        <Icon name="menu" /> Menu
      </button>
      {open && (
        <div className="menu-panel" id="menu-panel">
          <Settings />
          <div className="menu-links">
            <button type="button" className="button quiet" onClick={show("keys")}>Keys <kbd>?</kbd></button>
            <button type="button" className="button quiet" onClick={show("limits")}>What is not simulated</button>
            <button type="button" className="button quiet" onClick={show("about")}>About knetsim</button>
          </div>
        </div>
      )}
    </div>
  );
}
