/** Conntrack of one namespace. Filled by the next commits. */
export interface ConntrackNet {
  /** Users of conntrack (rules with ct, NAT …): it watches packets only while there are some (nf_ct_netns_get). */
  users: number;
}
