/** What the branches know together of the last seven days: what every open page asks for again and again, and the dearest to find out. */

import type { CampaignScans } from '../../api/types.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { onlyFleetConvicts } from '../fleet/unaccused.js';
import type { Judged } from '../fleet/verdicts.js';
import { judgeSources } from '../fleet/verdicts.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database } from '../store/database.js';
import { Recent } from './recent.js';

export class FleetView {
  readonly #judged: Recent<{ judged: Judged[]; complete: boolean }>;
  readonly #campaigns: Recent<CampaignScans[]>;

  constructor(db: Database, clock: () => number) {
    this.#judged = new Recent(() => judgeSources(db, clock() - LOOK_BACK, clock() + 1));
    this.#campaigns = new Recent(async () =>
      readCampaigns(db, clock() - LOOK_BACK, clock() + 1, {}, await this.unaccused()),
    );
  }

  judged(): Promise<{ judged: Judged[]; complete: boolean }> {
    return this.#judged.get();
  }

  /** Whom only the fleet convicts; the surest first. */
  async unaccused(): Promise<Judged[]> {
    return onlyFleetConvicts((await this.judged()).judged);
  }

  /** The most recently active first. */
  campaigns(): Promise<CampaignScans[]> {
    return this.#campaigns.get();
  }
}
