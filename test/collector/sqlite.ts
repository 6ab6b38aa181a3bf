/** SQLite stores for the tests. */
import { copyFileSync } from 'node:fs';
import { openStore } from '../../host/collector/store/open.js';
import type { Place, Scratch } from '../support/collector.js';

/** Places with a store that has every table and no row, each a copy: making the tables takes ten times as long. */
export function emptied(files: Scratch): Place {
  const model = files.path('model.db');
  let made: Promise<void> | undefined;
  let n = 0;
  return async () => {
    // A store that is closed is one file: SQLite takes its log in and removes it.
    made ??= openStore(model).then((db) => db.close());
    await made;
    const path = files.path(`empty-${++n}.db`);
    copyFileSync(model, path);
    return path;
  };
}
