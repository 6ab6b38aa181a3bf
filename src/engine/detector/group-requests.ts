// Requests to groups (SSDP, mDNS, WS-Discovery, NetBIOS, LLMNR ...): answers come by unicast from machines that nobody
// asked by name, also from other segments where a relay carries the request on. They are no requests of their own.
import { frame } from '../frame/frame';
import { GroupRequest } from '../tables/group-request';

/** The frame's source asks a group for a service. */
export function noteGroupRequest(service: u32): void {
  const key = GroupRequest.keyOf(frame.sourceHash, service);
  GroupRequest.slotOf(key).key = key;
}

/** The frame comes from this service, for which its target has asked a group. */
export function answersGroupRequest(service: u32): bool {
  const key = GroupRequest.keyOf(frame.targetHash, service);
  return GroupRequest.slotOf(key).key == key;
}
