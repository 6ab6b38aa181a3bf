/** Firmware images in a store: runs against SQLite and PostgreSQL. */

import assert from 'node:assert/strict';
import { listOffers, listProgress } from '../../host/collector/firmware/roll-out.js';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import {
  assign,
  imageData,
  listAssignments,
  listImages,
  putImage,
  unassign,
} from '../../host/collector/store/images.js';
import { openStore } from '../../host/collector/store/open.js';
import { readOffer } from '../../src/protocol/update.js';
import { health, status, T0 } from '../support/collector.js';
import { berlin, bytes, image, sha256 } from '../support/image.js';

/** @param location returns the location of an empty store */
export function imageSuite(location: () => Promise<string>): void {
  describe('images of the firmware', () => {
    let db: Database;
    beforeEach(async () => {
      db = await openStore(await location());
    });
    afterEach(() => db.close());

    it('come back byte for byte, once however often they are put', async () => {
      await db.transaction(async (tx) => {
        await putImage(tx, image, bytes);
        await putImage(tx, { ...image, added: 9 }, bytes);
      });
      assert.deepEqual(Uint8Array.from((await imageData(db, sha256)) ?? []), bytes);
      assert.deepEqual(
        (await listImages(db)).map(({ version, size, added }) => [version, Number(size), Number(added)]),
        [['1.2.0', 10_000, 9]],
      );
      assert.equal(await imageData(db, 'ff'.repeat(32)), undefined);
    });

    it('are assigned to a sensor one at a time, and go with the last that wanted them', async () => {
      await db.transaction(async (tx) => {
        await putImage(tx, image, bytes);
        await assign(tx, berlin);
        await assign(tx, { ...berlin, attempt: 2 });
      });
      assert.deepEqual(
        (await listAssignments(db)).map(({ attempt }) => Number(attempt)),
        [2],
      );
      const [offer] = await listOffers(db);
      assert.deepEqual(readOffer(offer?.text ?? '').attempt, 2);
      assert.equal(readOffer(offer?.text ?? '').manifest.version, '1.2.0');
      await db.transaction((tx) => unassign(tx, [berlin]));
      assert.deepEqual([await listImages(db), await listAssignments(db), await listOffers(db)], [[], [], []]);
    });

    it('have no progress where there are no sensors', async () => assert.deepEqual(await listProgress(db), []));

    it('are reported per sensor: current version, target version, progress, and the reason for a failure', async () => {
      await db.transaction(async (tx) => {
        await putImage(tx, image, bytes);
        await assign(tx, berlin);
      });
      const tell = (...arrivals: Parameters<typeof decode>[0][]): Promise<unknown> =>
        commitBatch(db, arrivals.map(decode), T0);
      await tell(status({ board: 'wt32_eth01', version: '1.1.0' } as object));
      const seen = async (): Promise<unknown[]> =>
        (await listProgress(db)).map(({ board, version, target, state, percent, problem }) => [
          board,
          version,
          target,
          state,
          percent,
          problem,
        ]);
      assert.deepEqual(await seen(), [['wt32_eth01', '1.1.0', '1.2.0', 'offered', 0, '']]);
      await tell(health({ figures: { uptime: 1000, updateStep: 2, updateBytes: 2_500 } }));
      assert.deepEqual(await seen(), [['wt32_eth01', '1.1.0', '1.2.0', 'fetching', 25, '']]);
      await tell(
        health({
          figures: { uptime: 2000, updateStep: 5, updatesRefused: 1 },
          updateProblem: 'The update was\u001b[2J bad.',
        }),
      );
      assert.deepEqual(await seen(), [['wt32_eth01', '1.1.0', '1.2.0', 'failed', 0, 'The update was\ufffd[2J bad.']]);
    });
  });
}
