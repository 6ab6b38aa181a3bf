/**
 * Caches fleet-wide results of the last seven days: every open page polls them, and they are the most expensive to
 * compute.
 */

import type { CampaignScans } from '../../api/types.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { fleetOnly } from '../fleet/fleet-only.js';
import type { Evaluation } from '../fleet/verdicts.js';
import { evaluateSources } from '../fleet/verdicts.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database } from '../store/database.js';
import { Recent } from './recent.js';

export class FleetView {
  readonly #evaluations: Recent<{ evaluations: Evaluation[]; complete: boolean }>;
  readonly #campaigns: Recent<CampaignScans[]>;

  constructor(db: Database, clock: () => number) {
    this.#evaluations = new Recent(() => evaluateSources(db, clock() - LOOK_BACK, clock() + 1));
    this.#campaigns = new Recent(async () =>
      readCampaigns(db, clock() - LOOK_BACK, clock() + 1, {}, await this.fleetOnlyDetections()),
    );
  }

  evaluations(): Promise<{ evaluations: Evaluation[]; complete: boolean }> {
    return this.#evaluations.get();
  }

  /** Fleet-only detections, highest confidence first. */
  async fleetOnlyDetections(): Promise<Evaluation[]> {
    return fleetOnly((await this.evaluations()).evaluations);
  }

  /** Most recently active first. */
  campaigns(): Promise<CampaignScans[]> {
    return this.#campaigns.get();
  }
}
