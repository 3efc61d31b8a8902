/** States of `ct timeout` policies with the kernel's default seconds, a transport's number each (nf_conntrack_proto_*.c). */
export const CT_TIMEOUT_POLICIES: Readonly<Record<number, readonly (readonly [state: string, seconds: number])[]>> = {
  6: [
    ["syn_sent", 120], ["syn_recv", 60], ["established", 432000], ["fin_wait", 120], ["close_wait", 60], ["last_ack", 30], ["time_wait", 120],
    ["close", 10], ["syn_sent2", 120], ["retrans", 300], ["unack", 300],
  ],
  17: [["unreplied", 30], ["replied", 180]],
};
