/** The uplink over WiFi. */
import WiFi from 'embedded:network/interface/wifi';
import Net from 'net';
import { keepJoined } from '../join.js';
import { guard, timers } from '../xs/timers.js';
import { random } from './random.js';
import type { Uplink } from './uplink.js';

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
