// Requests sent to groups: 4-byte entries, each the hash of a requester and its service; a newer one takes the slot.
import { GROUP_REQUEST_SLOTS, GROUP_REQUESTS_AT, GROUP_REQUESTS_BYTES } from '../constants/memory';
import { Hash } from './hash';

@unmanaged
export class GroupRequest {
  /** 0: free. */
  key: u32;

  @inline
  static keyOf(requesterHash: u32, service: u32): u32 {
    return Hash.of(requesterHash ^ service) | 1;
  }

  @inline
  static slotOf(key: u32): GroupRequest {
    return changetype<GroupRequest>(<usize>(GROUP_REQUESTS_AT + (Hash.slot(key, GROUP_REQUEST_SLOTS) << 2)));
  }
}

if (offsetof<GroupRequest>() != 4) ERROR('a group request takes 4 bytes');
if (GROUP_REQUESTS_BYTES != GROUP_REQUEST_SLOTS * offsetof<GroupRequest>()) ERROR('GROUP_REQUESTS_BYTES of memory.ts');
