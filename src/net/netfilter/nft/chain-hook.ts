import { type Hook, type HookFamily, registerDeviceHook } from "../../core/hook.ts";
import type { Netdev } from "../../core/netdev.ts";
import type { Netns } from "../../core/netns.ts";
import type { NetdevEvent } from "../../core/world.ts";
import type { NftFamily, NftHookSpec, NftMsg } from "../../uapi/nft.ts";
import { registerNatHook } from "../nat.ts";
import { routeHook } from "../route-hook.ts";
import { hooksOfType, isDeviceHook } from "./chain-type.ts";
import { nftDoChain } from "./eval.ts";
import type { NftChain } from "./model.ts";
import { type Refusal, refuse } from "./transaction.ts";

type Base = NonNullable<NftChain["base"]>;
type HookMsg = Pick<Extract<NftMsg, { readonly op: "chain.new" }>, "hook" | "type"> & { readonly family: NftFamily };

/** NF_IP_PRI_CONNTRACK: NAT needs flows, so its chains come later. */
const PRI_CONNTRACK = -200;
/** NFT_NETDEVICE_MAX. */
const MAX_DEVICES = 256;

/** nft_chain_parse_hook: may a base chain of this type hang there? `base`: it exists and stays where it is. */
export function checkHook(m: HookMsg, base: Base | null): Refusal | null {
  const { hook } = m;
  if (hook === undefined) return null;
  if (base !== null && (hook.hook !== base.spec.hook || hook.priority !== base.spec.priority)) return refuse("EOPNOTSUPP");
  const type = m.type ?? "filter";
  const hooks = hooksOfType(m.family, type);
  if (hooks === null) return refuse("ENOENT", "type");
  if (!hooks.includes(hook.hook)) return refuse("EOPNOTSUPP");
  if (type === "nat" && hook.priority <= PRI_CONNTRACK) return refuse("EOPNOTSUPP");
  return checkDevices(hook);
}

/** A device need not exist (since Linux 6.16): the chain hangs on it when it comes. */
function checkDevices({ hook, devices }: NftHookSpec): Refusal | null {
  if (devices.length === 0) return null;
  if (!isDeviceHook(hook)) return refuse("EOPNOTSUPP");
  if (devices.length > MAX_DEVICES) return refuse("EFBIG");
  return new Set(devices).size < devices.length ? refuse("EEXIST", "devices") : null;
}

/** Does the name or pattern ("veth*") of a chain mean this device? */
const meansDevice = (pattern: string, name: string): boolean => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name);

/** Puts a base chain on its hooks, unless it is on them (nf_tables_register_hook). */
export function hookChain(ns: Netns, chain: NftChain): void {
  const { base } = chain;
  if (base === null || base.hooks.length > 0) return;
  const { spec } = base;
  if (isDeviceHook(spec.hook)) for (const dev of ns.devicesInOrder()) hookDevice(chain, dev);
  else base.hooks = familiesOf(chain.table.family).map((family) => ({ dev: null, off: register(ns, family, chain, base) }));
}

export function unhookChain(chain: NftChain): void {
  const { base } = chain;
  if (base === null) return;
  for (const hook of base.hooks) hook.off();
  base.hooks = [];
}

/** An inet chain sees both IPv4 and IPv6. */
const familiesOf = (family: NftFamily): readonly HookFamily[] => (family === "inet" ? ["ip", "ip6"] : [family]);

function register(ns: Netns, family: HookFamily, chain: NftChain, base: Base): () => void {
  const hook = hookOf(chain, base);
  if (base.type === "nat" && (family === "ip" || family === "ip6")) return registerNatHook(ns, family, base.spec.hook, hook);
  return ns.hooks.register(family, base.spec.hook, base.type === "route" ? routeHook(hook) : hook);
}

function hookOf(chain: NftChain, base: Base): Hook {
  const name = `${chain.table.family} ${chain.table.name} ${chain.name}`;
  return { priority: base.spec.priority, name, run: (ns, skb, state) => nftDoChain(ns, skb, state, chain) };
}

/** Hangs a device chain on a device that it names, once. */
export function hookDevice(chain: NftChain, dev: Netdev): void {
  const { base } = chain;
  if (base === null || chain.table.dormant || base.hooks.some((h) => h.dev === dev)) return;
  const { hook, devices } = base.spec;
  if (!devices.some((pattern) => meansDevice(pattern, dev.name)) || (hook !== "ingress" && hook !== "egress")) return;
  base.hooks = [...base.hooks, { dev, off: registerDeviceHook(dev, hook, hookOf(chain, base)) }];
}

/** Takes a device chain off devices that it does not name, or that are gone. */
export function unhookDevices(chain: NftChain, gone: Netdev | null): void {
  const { base } = chain;
  if (base === null || base.hooks.every((h) => h.dev === null)) return;
  const stays = ({ dev }: Base["hooks"][number]): boolean =>
    dev !== null && dev !== gone && base.spec.devices.some((pattern) => meansDevice(pattern, dev.name));
  for (const hook of base.hooks) if (!stays(hook)) hook.off();
  base.hooks = base.hooks.filter(stays);
}

/** nf_tables_netdev_event: chains follow the names of devices that come, go and are renamed; the chains themselves stay. */
export function nftDeviceEvent(dev: Netdev, event: NetdevEvent): void {
  if (event !== "register" && event !== "unregister" && event !== "rename") return;
  for (const chain of deviceChains(dev.ns)) {
    if (event !== "register") unhookDevices(chain, event === "unregister" ? dev : null);
    if (event !== "unregister") hookDevice(chain, dev);
  }
}

function* deviceChains(ns: Netns): Generator<NftChain> {
  // `lo` is registered while the namespace is being made.
  const tables = (ns.nf as Netns["nf"] | undefined)?.nft.tables.values() ?? [];
  for (const table of tables) for (const chain of table.chains.values()) if (chain.base !== null && isDeviceHook(chain.base.spec.hook)) yield chain;
}
