/** The sensors' home blocks: from the desired config, otherwise from their status. */
import { parseBlock } from '../../../src/protocol/address.js';
import type { Executor } from './database.js';
import type { Enrolment } from './enrolments.js';
import { listEnrolments } from './enrolments.js';

/**
 * CIDR; empty if none are configured.
 *
 * @param status the sensor's latest, as JSON
 */
export function homeOf(enrolment: Pick<Enrolment, 'config' | 'revoked'> | null, status: string | null): string[] {
  const desired = enrolment?.revoked === null ? blocksIn(enrolment.config) : [];
  return desired.length > 0 ? desired : blocksIn(status);
}

function blocksIn(text: string | null): string[] {
  const { home = [] } = JSON.parse(text ?? '{}') as { home?: string[] };
  return home.filter((block) => parseBlock(block));
}

/** By `{site}/{sensor}`. Sensors without home blocks are left out. */
export async function readHomes(db: Executor): Promise<Map<string, string[]>> {
  const enrolled = new Map((await listEnrolments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  const rows = await db.all<{ site: string; sensor: string; status: string | null }>(
    'SELECT site, sensor, status FROM sensors ORDER BY site, sensor',
  );
  const homes = rows.map(({ site, sensor, status }): [string, string[]] => [
    `${site}/${sensor}`,
    homeOf(enrolled.get(`${site}/${sensor}`) ?? null, status),
  ]);
  return new Map(homes.filter(([, blocks]) => blocks.length > 0));
}
