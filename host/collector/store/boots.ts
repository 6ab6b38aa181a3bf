/** One boot of a sensor: its highest sequence number and its epoch, to which uptimes are added. */
import type { HealthMessage, RecordMessage } from '../rules/decode.js';
import type { Executor } from './database.js';
import type { BootKey } from './sequences.js';

export interface Boot extends BootKey {
  highest: number;
  /** Milliseconds since 1970; null if not needed yet. */
  epoch: number | null;
  exact: number;
  /** When it became the sensor's current boot; null if it never did. Only current-boot.ts writes it. */
  readonly born: number | null;
}

export async function loadBoot(tx: Executor, { site, sensor, boot }: BootKey): Promise<Boot> {
  const sql = 'SELECT highest, epoch, exact, born FROM boots WHERE site = ? AND sensor = ? AND boot = ?';
  const [row] = await tx.all<Omit<Boot, keyof BootKey>>(sql, [site, sensor, boot]);
  return { site, sensor, boot, highest: 0, epoch: null, exact: 0, born: null, ...row };
}

export async function saveBoot(tx: Executor, boot: Boot): Promise<void> {
  await tx.all(
    `INSERT INTO boots (site, sensor, boot, highest, epoch, exact) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (site, sensor, boot) DO UPDATE SET highest = excluded.highest, epoch = excluded.epoch,
     exact = excluded.exact`,
    [boot.site, boot.sensor, boot.boot, boot.highest, boot.epoch, boot.exact],
  );
}

/**
 * Learns the boot's epoch. A message with a synchronized clock and the uptime gives it exactly. A message with only the
 * uptime gives an upper bound; the earliest bound is the best estimate, because that message waited least.
 *
 * @returns milliseconds by which stored times move; 0 if they stay
 */
export function learnEpoch(boot: Boot, messages: readonly (RecordMessage | HealthMessage)[], received: number): number {
  const before = boot.epoch;
  for (const message of messages) {
    if (message.what === 'health' && message.health.clock === 'synced') {
      const { time, figures } = message.health;
      // Keep the first exact value: later ones only add the drift of the sensor's oscillator.
      if (boot.exact) continue;
      boot.epoch = Math.max(0, time - figures.uptime);
      boot.exact = 1;
    } else if (!boot.exact) {
      const uptime = uptimeOf(message);
      if (uptime !== undefined) boot.epoch = Math.max(0, Math.min(boot.epoch ?? Infinity, received - uptime));
    }
  }
  return before === null || boot.epoch === null ? 0 : boot.epoch - before;
}

function uptimeOf(message: RecordMessage | HealthMessage): number | undefined {
  if (message.what === 'health') return message.health.figures.uptime;
  return message.clock === 'uptime' ? message.record.time : undefined;
}
