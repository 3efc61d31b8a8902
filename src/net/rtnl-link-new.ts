import { IP4_ANY, MAC_ZERO, isMulticastIp4, isMulticastMac } from "../wire/addr.ts";
import { SEC } from "../sim/sim.ts";
import { allocName, devOpen, isValidName, registerNetdevice, unregisterNetdevice } from "./core/dev.ts";
import { type DevKind, IFF_UP, type Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { createBridge } from "./dev/bridge.ts";
import { createDummy } from "./dev/dummy.ts";
import { createVethPair } from "./dev/veth.ts";
import { linkRowOf } from "./rtnl-link-row.ts";
import { applyNewAttrs, setBridgeOptions, setMasterOf } from "./rtnl-link-set.ts";
import { type RtnlCaller, refuse } from "./rtnl-reply.ts";
import { type VxlanConfig, createVxlan } from "./tunnel/vxlan.ts";
import { vxlanFdbSet } from "./tunnel/vxlan-fdb.ts";
import { vxlanOf } from "./tunnel/vxlan-priv.ts";
import type { Errno } from "./uapi/errno.ts";
import type { RtnlError, RtnlReply } from "./uapi/rtnetlink.ts";
import type { LinkAttrs, LinkInfoSpec, VxlanOptions } from "./uapi/rtnetlink-link.ts";

/** Bytes of a netdev name with its end (if.h). The attribute policy refuses longer ones before anything else is looked at. */
const IFNAMSIZ = 16;

/** rtnl_newlink_create: a device of a kind, in the namespace that was asked for. */
export function createLink(caller: RtnlCaller, attrs: LinkAttrs, info: LinkInfoSpec | undefined): RtnlReply {
  if (info === undefined || info.kind === "bridge_slave") return refuse("EOPNOTSUPP");
  if (info.kind === "unknown") return refuse("EOPNOTSUPP", "Unknown device type");
  const ns = attrs.netns === undefined ? caller.ns : caller.netnsOf(attrs.netns);
  if (typeof ns === "string") return refuse(ns);
  if ((attrs.name ?? "").length >= IFNAMSIZ) return refuse("ERANGE", "Attribute failed policy validation.");
  if (attrs.address !== undefined && (attrs.address === MAC_ZERO || isMulticastMac(attrs.address))) return refuse("EADDRNOTAVAIL");
  const name = newName(ns, attrs.name, info.kind);
  if (name === null) return refuse("EINVAL");
  if (ns.devices.has(name)) return refuse("EEXIST");
  if (info.kind === "veth" && badVethMtu(attrs)) return refuse("EINVAL");
  if (info.kind === "veth") return createVeth(caller, ns, attrs, info.peer ?? {});
  const dev = info.kind === "vxlan" ? makeVxlan(caller.ns, ns, name, info.options, attrs) : info.kind === "bridge" ? createBridge(ns, name) : createDummy(ns, name);
  if ("error" in dev) return dev;
  if (info.kind === "bridge") {
    const wrong = setBridgeOptions(dev, info.options);
    if (wrong !== undefined) return wrong;
  }
  return finish(caller, dev, attrs);
}

/** Given, or the lowest free one of the kind's pattern; null when it is not a name. */
function newName(ns: Netns, name: string | undefined, kind: DevKind): string | null {
  if (name === undefined) return allocName(ns, `${kind}%d`);
  const full = name.includes("%d") ? allocName(ns, name) : name;
  return isValidName(full) ? full : null;
}

function finish(caller: RtnlCaller, dev: Netdev, attrs: LinkAttrs): RtnlReply {
  const wrong = applyNewAttrs(dev, attrs);
  if (wrong !== undefined) return wrong;
  const error = registerNetdevice(dev, attrs.index);
  if (error !== undefined) return refuse(error);
  if (dev.ops.kind === "vxlan") addDefaultRemote(dev);
  return configure(caller, dev, attrs);
}

/** rtnl_configure_link and the master: flags last, so that "up" comes after everything else. */
function configure(caller: RtnlCaller, dev: Netdev, attrs: LinkAttrs): RtnlReply {
  const on = attrs.flagsOn ?? 0;
  dev.flags |= on & ~IFF_UP;
  dev.flags &= ~(attrs.flagsOff ?? 0) | IFF_UP;
  const error = (on & IFF_UP) !== 0 ? devOpen(dev) : undefined;
  const reply: RtnlReply = error === undefined ? setMasterOf(caller, dev, attrs.master) : refuse(error);
  if ("error" in reply) unregisterNetdevice(dev);
  return reply;
}

/** veth_validate. */
const badVethMtu = ({ mtuBytes }: LinkAttrs): boolean => mtuBytes !== undefined && (mtuBytes < 68 || mtuBytes > 65535);

/** veth_newlink: the peer is made first, so it has the lower index. */
function createVeth(caller: RtnlCaller, ns: Netns, attrs: LinkAttrs, peerAttrs: LinkAttrs): RtnlReply {
  const peerNs = peerAttrs.netns === undefined ? caller.ns : caller.netnsOf(peerAttrs.netns);
  if (typeof peerNs === "string") return refuse(peerNs);
  const peerName = newName(peerNs, peerAttrs.name, "veth");
  if (peerName === null) return refuse("EINVAL");
  if (peerNs.devices.has(peerName)) return refuse("EEXIST");
  const [dev, peer] = createVethPair(ns, attrs.name ?? "", peerNs, peerName);
  const wrong = applyNewAttrs(peer, { ...common(attrs), ...peerAttrs }) ?? refusal(registerNetdevice(peer, peerAttrs.index));
  if (wrong !== undefined) return wrong;
  const name = newName(ns, attrs.name, "veth");
  if (name === null || ns.devices.has(name)) {
    unregisterNetdevice(peer);
    return refuse("EEXIST");
  }
  dev.name = name;
  const made = finish(caller, dev, attrs);
  if ("error" in made) {
    if (peer.registered) unregisterNetdevice(peer);
    return made;
  }
  for (const end of [peer, dev]) linkRowOf(end);
  return configure(caller, peer, peerAttrs);
}

/** What a peer without a word of its own takes over from the device's own attributes. */
const common = (attrs: LinkAttrs): LinkAttrs => ({
  ...(attrs.mtuBytes === undefined ? {} : { mtuBytes: attrs.mtuBytes }), ...(attrs.group === undefined ? {} : { group: attrs.group }),
});

const refusal = (error: Errno | undefined): RtnlError | undefined => (error === undefined ? undefined : refuse(error));

/** vxlan_nl2conf and vxlan_config_validate. */
function makeVxlan(underlay: Netns, ns: Netns, name: string, options: VxlanOptions, attrs: LinkAttrs): Netdev | RtnlError {
  if (Object.keys(options).length === 0) return refuse("EINVAL", "Required attributes not provided to perform the operation");
  const config = vxlanConfig(options);
  const wrong = checkVxlan(underlay, config, attrs);
  if (wrong !== undefined) return wrong;
  const dev = createVxlan(underlay, name, config);
  dev.ns = ns;
  return dev;
}

export function vxlanConfig(options: VxlanOptions): VxlanConfig {
  const { ageingSec, ...rest } = options;
  return { ...rest, ...(ageingSec === undefined ? {} : { ageingNs: ageingSec * SEC }) };
}

function checkVxlan(underlay: Netns, config: VxlanConfig, attrs: LinkAttrs): RtnlError | undefined {
  const lower = config.lowerIndex === undefined || config.lowerIndex === 0 ? null : underlay.byIndex.get(config.lowerIndex);
  if (lower === undefined) return refuse("ENODEV", "Invalid local interface, device not found");
  if ((config.portLow ?? 0) > (config.portHigh ?? 0)) return refuse("EINVAL", "Invalid source port range");
  if (lower === null && isMulticastIp4(config.group ?? IP4_ANY)) return refuse("EINVAL", "Local interface required for multicast remote destination");
  if (attrs.mtuBytes !== undefined && (attrs.mtuBytes < 68 || attrs.mtuBytes > 65535)) return refuse("EINVAL", "MTU must be between 68 and 65535");
  const port = config.dstPort ?? 8472;
  for (const ns of underlay.world.namespaces) {
    for (const dev of ns.devices.values()) {
      if (dev.ops.kind !== "vxlan") continue;
      const other = vxlanOf(dev);
      if (other.underlay === underlay && other.vni === config.vni && other.dstPort === port) return refuse("EEXIST", "A VXLAN device with the specified VNI already exists");
    }
  }
  return undefined;
}

/** The default remote is a row of the forwarding table like any other (vxlan_dev_configure). */
function addDefaultRemote(dev: Netdev): void {
  const priv = vxlanOf(dev);
  if (priv.group === IP4_ANY) return;
  const nowNs = dev.ns.world.sim.nowNs;
  const remote = { ip: priv.group, port: priv.dstPort, vni: priv.vni, ifindex: priv.lowerIndex };
  vxlanFdbSet(dev, { mac: MAC_ZERO, remotes: [remote], state: "permanent", externLearned: false, updatedNs: nowNs, usedNs: nowNs }, null);
}
