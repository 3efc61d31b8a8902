import { BITMASK, constant, datatype, parseNumber, problem, symbols, TYPE } from "./types-base.ts";
import type { Datatype } from "./datatype.ts";

/** Types of conntrack. */
export const CT_STATE = datatype({
  id: TYPE.ctState, name: "ct_state", desc: "conntrack state", size: 32, basetype: BITMASK,
  symbols: symbols("hex", { invalid: 1, new: 8, established: 2, related: 4, untracked: 0x40 }),
});

export const CT_DIR = datatype({
  id: TYPE.ctDir, name: "ct_dir", desc: "conntrack direction", size: 8, symbols: symbols("dec", { original: 0, reply: 1 }),
});

export const CT_STATUS = datatype({
  id: TYPE.ctStatus, name: "ct_status", desc: "conntrack status", size: 32, basetype: BITMASK,
  symbols: symbols("hex", { expected: 1, "seen-reply": 2, assured: 4, confirmed: 8, snat: 0x10, dnat: 0x20, dying: 0x200 }),
});

export const CT_EVENT = datatype({
  id: TYPE.ctEventbit, name: "ct_event", desc: "conntrack event bits", size: 32, basetype: BITMASK,
  symbols: symbols("hex", {
    new: 1, related: 2, destroy: 4, reply: 8, assured: 0x10, protoinfo: 0x20, helper: 0x40, mark: 0x80, seqadj: 0x100, secmark: 0x200, label: 0x400,
  }),
});

const LABEL_BITS = 128n;

/** Labels are bits, named by number here: the machine has no /etc/connlabel.conf. */
export const CT_LABEL: Datatype = datatype({
  id: TYPE.ctLabel, name: "ct_label", desc: "conntrack label", size: 128, basetype: BITMASK,
  parse(text, loc) {
    const bit = parseNumber(text);
    if (bit === null) return problem(`/etc/connlabel.conf: could not parse conntrack label "${text}"`);
    if (bit >= LABEL_BITS) return problem(`${text}: bit ${bit} out of range (${LABEL_BITS} max)`);
    return constant(CT_LABEL, 1n << bit, loc);
  },
  print(v) {
    const bit = v.value === 0n ? 0 : v.value.toString(2).length - 1;
    return v.value === 1n << BigInt(bit) ? String(bit) : `0x${v.value.toString(16)}`;
  },
});
