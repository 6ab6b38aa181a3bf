/** The state of a firmware rollout: which sensors get which image and how far each one is. */

import type { Health, UpdateStep } from '../../../src/protocol/health.js';
import { updateSteps } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import { compareVersions, encodeOffer } from '../../../src/protocol/update.js';
import type { Database, Executor } from '../store/database.js';
import { listEnrolments } from '../store/enrolments.js';
import type { Assignment, Image } from '../store/images.js';
import { listAssignments, listImages } from '../store/images.js';

export interface RunningSensor {
  site: string;
  sensor: string;
  /** As the sensor reports, otherwise as enrolled; empty if neither is known. */
  board: string;
  /** The last reported version; empty before the first report. */
  version: string;
  online: boolean;
  step: UpdateStep;
  /** Bytes of the new image received so far. */
  bytes: number;
  refused: number;
  problem: string;
}

/** Every sensor that is not revoked, ordered by site and name. */
export async function listRunning(db: Executor): Promise<RunningSensor[]> {
  const enrolled = new Map((await listEnrolments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  const rows = await db.all<{ site: string; sensor: string; status: string | null; health: string | null }>(
    'SELECT site, sensor, status, health FROM sensors ORDER BY site, sensor',
  );
  return rows
    .filter(({ site, sensor }) => (enrolled.get(`${site}/${sensor}`)?.revoked ?? null) === null)
    .map(({ site, sensor, status, health }) => {
      const lastStatus = status ? (JSON.parse(status) as Status) : undefined;
      const lastHealth = health ? (JSON.parse(health) as Health) : undefined;
      const figures: Partial<Health['figures']> = lastHealth?.figures ?? {};
      return {
        site,
        sensor,
        board: lastStatus?.board ?? enrolled.get(`${site}/${sensor}`)?.board ?? '',
        version: lastStatus?.version ?? lastHealth?.version ?? '',
        online: lastStatus?.state === 'online',
        step: updateSteps[figures.updateStep ?? 0] ?? 'none',
        bytes: figures.updateBytes ?? 0,
        refused: figures.updatesRefused ?? 0,
        problem: lastHealth?.updateProblem ?? '',
      };
    });
}

export interface Progress extends RunningSensor {
  /** The target version; empty if none is published for it. */
  target: string;
  /**
   * `current`: runs the target. `offered`: not started or not reported. `failed`: reported a problem. Otherwise the
   * sensor's own step.
   */
  state: 'none' | 'current' | 'offered' | UpdateStep;
  percent: number;
}

export async function listProgress(db: Executor): Promise<Progress[]> {
  const images = new Map((await listImages(db)).map((image) => [image.sha256, image]));
  const assigned = new Map((await listAssignments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  return (await listRunning(db)).map((runs) => {
    const image = images.get(assigned.get(`${runs.site}/${runs.sensor}`)?.sha256 ?? '');
    const state = !image
      ? 'none'
      : compareVersions(runs.version, image.version) >= 0
        ? 'current'
        : runs.step === 'none'
          ? runs.problem
            ? 'failed'
            : 'offered'
          : runs.step;
    return {
      ...runs,
      target: image?.version ?? '',
      state,
      percent:
        image && state !== 'current' ? Math.floor((100 * runs.bytes) / image.size) : state === 'current' ? 100 : 0,
    };
  });
}

/** The retained message on a sensor's update topic. */
export const offerOf = (
  image: Pick<Image, 'manifest' | 'signature'>,
  { stagger, attempt }: Pick<Assignment, 'stagger' | 'attempt'>,
): string => encodeOffer({ text: image.manifest, signature: image.signature, stagger, attempt });

/** All active offers. The embedded broker forgets them when it stops. */
export async function listOffers(db: Database): Promise<{ site: string; sensor: string; text: string }[]> {
  const images = new Map((await listImages(db)).map((image) => [image.sha256, image]));
  return (await listAssignments(db)).flatMap((one) => {
    const image = images.get(one.sha256);
    return image ? [{ site: one.site, sensor: one.sensor, text: offerOf(image, one) }] : [];
  });
}
