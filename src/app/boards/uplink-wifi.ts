/** The uplink over WiFi. */
import WiFi from 'embedded:network/interface/wifi';
import Net from 'net';
import { keepJoined } from '../core/join.js';
import { guard, timers } from '../xs/timers.js';
import type { Uplink } from '../xs/uplink.js';
import { random } from './random.js';

export const uplink: Uplink = {
  connect(wifi, changed, say) {
    if (wifi.ssid === '')
      return say('This board reports over WiFi and was given no network: provision it again, with one.');
    keepJoined(
      wifi,
      (event) => new WiFi({ onChanged: () => guard(event) }),
      timers,
      () => random() / 0x100000000,
      changed,
    );
  },
  signalLoss() {
    const level = Number(Net.get('RSSI')) || 0;
    return level < 0 ? -level : undefined;
  },
};
