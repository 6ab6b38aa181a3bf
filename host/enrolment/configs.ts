/** Manages desired configs: gives each a new version, stores, signs and publishes it as a retained message. */

import type { Config } from '../../src/protocol/config.js';
import { readConfig } from '../../src/protocol/config.js';
import { signConfig } from '../../src/protocol/signed-config.js';
import { buildTopic } from '../../src/protocol/topics.js';
import { reportedVersion } from '../collector/query/enrolled.js';
import { listSensors } from '../collector/query/sensors.js';
import type { Database } from '../collector/store/database.js';
import type { Enrolment } from '../collector/store/enrolments.js';
import { listEnrolments, setDesiredConfig, transactionWithRetry } from '../collector/store/enrolments.js';
import { UserError } from '../common/errors.js';
import { nodeHmac } from '../common/hmac.js';
import { configKey, keyMark } from '../common/identity.js';
import type { EnrolmentSettings } from './enrol.js';

/** Selects one sensor, a site's sensors or all. */
export interface Selection {
  site?: string;
  sensor?: string;
}

export interface Publication {
  site: string;
  sensor: string;
  version: number;
  topic: string;
  /** Signed. */
  text: string;
}

/** Changed members; the others stay. */
export type ConfigChange = Partial<Omit<Config, 'version'>>;

/** @throws UserError if no sensor matches */
export async function selectEnrolments(db: Database, { site, sensor }: Selection): Promise<Enrolment[]> {
  const all = (await listEnrolments(db)).filter(
    (one) => one.revoked === null && one.site === (site ?? one.site) && one.sensor === (sensor ?? one.sensor),
  );
  if (all.length > 0) return all;
  const what =
    sensor !== undefined
      ? `${site}/${sensor} is not enrolled`
      : site !== undefined
        ? `No sensor of the site ${site} is enrolled`
        : 'No sensor is enrolled';
  throw new UserError('BW_ENROLMENT', {
    problem: `${what}; "blockwatch enroll" enrols sensors, and "blockwatch sensors" lists them.`,
  });
}

/**
 * Computes and stores the new desired configs. Checks all of them first, and rejects what a sensor would refuse.
 *
 * @throws UserError, WireError
 */
export async function changeConfigs(
  db: Database,
  selection: Selection,
  change: (before: ConfigChange) => ConfigChange,
  fleet: Buffer,
  now: number,
): Promise<Publication[]> {
  return transactionWithRetry(db, async (tx) => {
    const chosen = await selectEnrolments(db, selection);
    const reported = new Map(
      (await listSensors(tx, now)).map((one) => [`${one.site}/${one.sensor}`, reportedVersion(one)]),
    );
    const out: Publication[] = [];
    for (const one of chosen) {
      const { version: last = 0, ...before } = one.config === null ? {} : (JSON.parse(one.config) as Partial<Config>);
      // Also above the reported version, because sensors refuse a lower one.
      const version = Math.max(last, reported.get(`${one.site}/${one.sensor}`) ?? 0) + 1;
      const text = JSON.stringify({ version, ...change(before) });
      readConfig(text);
      out.push(signed(one, text, fleet));
      await setDesiredConfig(tx, one.site, one.sensor, text, now);
    }
    return out;
  });
}

/** The current desired configs, for a broker that lost them or a sensor that was enrolled again. */
export async function desiredConfigs(db: Database, selection: Selection, fleet: Buffer): Promise<Publication[]> {
  return (await selectEnrolments(db, selection))
    .filter(({ config }) => config !== null)
    .map((one) => signed(one, one.config as string, fleet));
}

function signed(one: Enrolment, text: string, fleet: Buffer): Publication {
  const { site, sensor } = one;
  const key = configKey(fleet, site, sensor, one.salt);
  const { key: mark } = JSON.parse(one.settings) as Partial<EnrolmentSettings>;
  if (mark !== undefined && mark !== keyMark(key)) {
    throw new UserError('BW_ENROLMENT', {
      problem:
        `${site}/${sensor} was enrolled with another fleet key and would refuse this config; ` +
        'pass that key with --fleet-key.',
    });
  }
  const topic = buildTopic(site, sensor, 'config');
  return {
    site,
    sensor,
    topic,
    version: (JSON.parse(text) as Config).version,
    text: signConfig(text, topic, key, nodeHmac),
  };
}
