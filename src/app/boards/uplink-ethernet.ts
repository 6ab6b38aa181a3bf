/** The uplink over the board's Ethernet; the native side is src/native/uplink/ethernet/uplink-ethernet.c. */
import Timer from 'timer';
import type { Uplink } from '../xs/uplink.js';

function start(this: void): string {
  return native('xs_uplink_start').call(this);
}
function address(this: void): string {
  return native('xs_uplink_address').call(this);
}

/** Milliseconds between checks for an address. */
const POLL_INTERVAL = 500;
/** Checks without an address before this is reported: a switch port may need half a minute to forward (IEEE 802.1D). */
const MAX_POLLS = 60;

export const uplink: Uplink = {
  connect(_wifi, changed, say) {
    const problem = start();
    if (problem !== '') return say(problem);
    let up = false;
    let polls = 0;
    Timer.repeat(() => {
      const now = address() !== '';
      polls = now ? 0 : polls + 1;
      if (polls === MAX_POLLS)
        say('The wire gives no address: check the cable, and that the network has a DHCP server.');
      if (now === up) return;
      up = now;
      changed(up);
    }, POLL_INTERVAL);
  },
  signalLoss: () => undefined,
};
