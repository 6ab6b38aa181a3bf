/** The trials by name. Each leaves the board online. */
import type { Bench } from './bench.js';
import { badBrokers } from './trials/brokers.js';
import { largestConfig } from './trials/config.js';
import { brokerAway, fullHeap, powerCuts, trap } from './trials/faults.js';
import { dense, instructions } from './trials/load.js';
import { badImages, goodImage } from './trials/update.js';
import { uptime } from './trials/uptime.js';

export interface Trial {
  title: string;
  run(bench: Bench): Promise<void>;
}

export const trials: Record<string, Trial> = {
  broker: { title: 'loses nothing while the broker is away', run: brokerAway },
  trap: { title: 'goes on after its engine has trapped', run: trap },
  heap: { title: "starts anew when XS's memory is full, and has kept its alerts", run: fullHeap },
  config: { title: 'takes the largest config while TLS is up, and connects again with it', run: largestConfig },
  dense: { title: 'hears a dense feed, and says what it lost', run: dense },
  instructions: { title: 'counts instructions a frame', run: instructions },
  brokers: { title: 'outlives every bad broker, and says why', run: badBrokers },
  update: { title: "takes a signed image over MQTT, and no stranger's", run: goodImage },
  rollback: { title: 'comes back from an image that does not reach the broker', run: badImages },
  uptime: { title: 'runs for a day of its own time', run: uptime },
  cuts: { title: 'loses nothing that was acknowledged when its power is cut at random moments', run: powerCuts },
};

export const trialNames: readonly string[] = Object.keys(trials);
