import type { Byteorder } from "./datatype.ts";

/*
 * What `nft` leaves in the kernel beside the instructions (NFTA_*_USERDATA) so that a listing can show what was
 * typed. The kernel gives it back unread. One interface a kind of object; all keys are optional.
 */

/** Tables, chains, rules, objects. */
export interface CommentUserdata { readonly comment?: string }

export interface SetUserdata {
  readonly keyByteorder?: Byteorder;
  readonly dataByteorder?: Byteorder;
  /** `auto-merge` */
  readonly autoMerge?: boolean;
  /** `type … : interval ipv4_addr` */
  readonly dataInterval?: boolean;
  /** Key and data of `typeof`, as listings print them. */
  readonly keyTypeof?: string;
  readonly dataTypeof?: string;
  readonly comment?: string;
}

export interface ElemUserdata {
  readonly comment?: string;
  /** The interval that starts here has no end element (NFTNL_SET_ELEM_F_INTERVAL_OPEN). */
  readonly intervalOpen?: boolean;
}
