import type { ReactElement } from "react";
import { useSession } from "../app/context.ts";
import { fillIn } from "./facts.ts";
import type { Block, Inline } from "./words.ts";

type Vars = Readonly<Record<string, string>>;

function Mark({ inline, vars }: { readonly inline: Inline; readonly vars: Vars }): ReactElement {
  const session = useSession();
  const text = fillIn(inline.text, vars);
  switch (inline.is) {
    case "bold": return <b>{text}</b>;
    case "code": return <code>{text}</code>;
    case "command": return <code>{text}</code>;
    case "variable": return <code>{vars[inline.text] ?? `\${${inline.text}}`}</code>;
    case "node": return (
      <button type="button" className="node-ref" onClick={() => { session.selection.select({ kind: "place", place: inline.text }); }}
        onPointerEnter={() => { session.selection.hover(inline.text); }} onPointerLeave={() => { session.selection.hover(null); }}>{text}</button>
    );
    case "text": return <>{text}</>;
  }
}

export function Inlines({ inlines, vars }: { readonly inlines: readonly Inline[]; readonly vars: Vars }): ReactElement {
  return <>{inlines.map((inline, i) => <Mark key={i} inline={inline} vars={vars} />)}</>;
}

/** A lesson's text as elements. */
export function Prose({ blocks, vars }: { readonly blocks: readonly Block[]; readonly vars: Vars }): ReactElement {
  return (
    <div className="prose">
      {blocks.map((block, i) => block.is === "paragraph"
        ? <p key={i}><Inlines inlines={block.inlines} vars={vars} /></p>
        : <ul key={i}>{block.items.map((item, j) => <li key={j}><Inlines inlines={item} vars={vars} /></li>)}</ul>)}
    </div>
  );
}
