import type { Hook } from "../core/hook.ts";

/**
 * nft_chain_route: a base chain of type route at output. When the rules changed mark, addresses or TOS of a packet,
 * it is routed anew. Wrap the chain's hook with this before it is registered.
 */
export function routeHook(hook: Hook): Hook {
  return hook;
}
