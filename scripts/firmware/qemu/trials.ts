/** The trials by name. Each leaves the board online. */
import type { Bench } from './run.js';
import { brokerAway, fullHeap, powerCuts, trap } from './trials/faults.js';

export interface Trial {
  title: string;
  run(bench: Bench): Promise<void>;
}

export const trials: Record<string, Trial> = {
  broker: { title: 'loses nothing while the broker is away', run: brokerAway },
  trap: { title: 'goes on after its engine has trapped', run: trap },
  heap: { title: 'starts anew when XS\'s memory is full, and has kept its alerts', run: fullHeap },
  cuts: { title: 'loses nothing that was acknowledged when its power is cut at random moments', run: powerCuts },
};

export const trialNames: readonly string[] = Object.keys(trials);
