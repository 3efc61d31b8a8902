import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AppView } from "./app/app.tsx";
import { AppContext } from "./app/context.ts";
import { linkToWorker } from "./app/engine-link.ts";
import type { OpenEngine } from "./app/engine-link.ts";
import { browserStorage, createPrefs } from "./app/prefs.ts";
import { Session } from "./app/session.ts";

/** With `?fixture` a development page runs against a stand-in instead of the engine. */
async function chooseEngine(): Promise<OpenEngine> {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has("fixture")) {
    return (await import("./testing/fixture-engine.ts")).openFixture;
  }
  return linkToWorker(() => new Worker(new URL("../engine/engine.worker.ts", import.meta.url), { type: "module" }));
}

async function main(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) return;
  const app = { session: new Session(await chooseEngine()), prefs: createPrefs(browserStorage()) };
  createRoot(root).render(<StrictMode><AppContext value={app}><AppView /></AppContext></StrictMode>);
}

void main();
