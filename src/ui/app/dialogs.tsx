import { useEffect, useRef } from "react";
import type { ReactElement, ReactNode } from "react";
import { Icon } from "./icons.tsx";

export type DialogName = "about" | "limits" | "keys";

/** A modal box of the browser's own kind: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children }: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode }): ReactElement {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => { element.current?.showModal(); }, []);
  return (
    <dialog ref={element} className="dialog" aria-labelledby="dialog-title" onClose={onClose}
      onClick={(event) => { if (event.target === element.current) onClose(); }}>
      <button type="button" className="button icon quiet close" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

export function AboutDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  return (
    <Dialog title="About knetsim" onClose={onClose}>
      <p>Two Kubernetes clusters run in this page. You type the commands an administrator types, and watch the very frames they cause move through pods, bridges and tunnels. At every hop the page names the table entry that decided.</p>
      <p>Nothing is recorded and nothing is faked: each machine has its own network stack, which follows the Linux kernel, and what crosses a cable is bytes with right checksums.</p>
      <p>It re-creates the lab of k8s-netsim. There is no server and no account; nothing you type leaves this page.</p>
    </Dialog>
  );
}

export function LimitsDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  return (
    <Dialog title="What is not simulated" onClose={onClose}>
      <p>What is missing says so by name and fails; nothing pretends to have worked. Not here yet:</p>
      <ul>
        <li><b>IPv6</b>, VLANs, spanning tree, multicast routing.</li>
        <li><b>TLS</b>: <code>https://</code> is refused before anything is sent. HTTP/2 and HTTP/3.</li>
        <li><b>Offloads</b>: segments on a cable are as small as its MTU asks.</li>
        <li><b>Python and shells inside programs</b>: <code>python3</code> runs its web server and the course&apos;s <code>ss.py</code>.</li>
        <li><b>The control plane</b>: kubelet, etcd, CNI plugins. Set-up scripts type their <code>ip</code> commands.</li>
        <li><b>Real time</b>: a hop takes microseconds. The view shows it at reading speed; the shells wait for it.</li>
      </ul>
      <p>Programs accept the options that work. Any other is refused with its name: <code>ping: -F: not simulated here</code>.</p>
    </Dialog>
  );
}

const KEYS: readonly (readonly [string, string])[] = [
  ["F6 / Shift+F6", "next / previous pane; also leaves a shell"],
  ["Space or k", "play / pause"],
  ["j  l", "event back / forward"],
  ["Shift+J  Shift+L", "hop back / forward"],
  ["Home  End", "start / live"],
  ["[  ]", "slower / faster"],
  ["t", "shell on the selection"],
  ["i", "fold shells and inspector"],
  ["n  p", "next / previous step of the lesson"],
  ["h", "hint"],
  ["Alt+[  Alt+]", "previous / next shell"],
  ["Alt+=  Alt+-", "size of the shell's text"],
  ["Ctrl+C (shell)", "copy if text is selected, else interrupt"],
  ["Esc Esc (shell)", "leave the shell"],
  ["?", "this list"],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <p className="muted">Single letters work when no text field has the focus; the menu switches them off.</p>
      <table><tbody>{KEYS.map(([key, what]) => <tr key={key}><td><kbd>{key}</kbd></td><td>{what}</td></tr>)}</tbody></table>
    </Dialog>
  );
}
