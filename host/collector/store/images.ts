/** Stores firmware images and their assignment to sensors. */
import type { Executor } from './database.js';

export interface Image {
  /** Hash of the image's bytes in hexadecimal; its key in the store. */
  sha256: string;
  board: string;
  version: string;
  size: number;
  /** The signed text (src/protocol/update.ts) and its signature. */
  manifest: string;
  signature: string;
  /** Milliseconds since 1970. */
  added: number;
}

export interface Assignment {
  site: string;
  sensor: string;
  sha256: string;
  attempt: number;
  /** Seconds. */
  stagger: number;
  /** Milliseconds since 1970. */
  assigned: number;
}

/** Stores an image; a newer signature over the same bytes replaces the old one. */
export async function putImage(tx: Executor, image: Image, data: Uint8Array): Promise<void> {
  const { sha256, board, version, size, manifest, signature, added } = image;
  await tx.all('DELETE FROM images WHERE sha256 = ?', [sha256]);
  await tx.all(
    'INSERT INTO images (sha256, board, version, size, manifest, signature, added, data) VALUES (?,?,?,?,?,?,?,?)',
    [sha256, board, version, size, manifest, signature, added, data],
  );
}

export async function imageData(db: Executor, sha256: string): Promise<Uint8Array | undefined> {
  return (await db.all<{ data: Uint8Array }>('SELECT data FROM images WHERE sha256 = ?', [sha256]))[0]?.data;
}

export async function assign(tx: Executor, one: Assignment): Promise<void> {
  await tx.all('DELETE FROM updates WHERE site = ? AND sensor = ?', [one.site, one.sensor]);
  await tx.all('INSERT INTO updates (site, sensor, sha256, attempt, stagger, assigned) VALUES (?,?,?,?,?,?)', [
    one.site,
    one.sensor,
    one.sha256,
    one.attempt,
    one.stagger,
    one.assigned,
  ]);
}

/** Removes assignments, and images that no sensor is assigned any more. */
export async function unassign(tx: Executor, sensors: readonly { site: string; sensor: string }[]): Promise<void> {
  for (const { site, sensor } of sensors)
    await tx.all('DELETE FROM updates WHERE site = ? AND sensor = ?', [site, sensor]);
  await dropUnused(tx);
}

export async function dropUnused(tx: Executor): Promise<void> {
  await tx.all('DELETE FROM images WHERE sha256 NOT IN (SELECT sha256 FROM updates)');
}

export function listAssignments(db: Executor): Promise<Assignment[]> {
  return db.all<Assignment>(
    'SELECT site, sensor, sha256, attempt, stagger, assigned FROM updates ORDER BY site, sensor',
  );
}

export async function assignmentOf(db: Executor, site: string, sensor: string): Promise<string | undefined> {
  return (
    await db.all<{ sha256: string }>('SELECT sha256 FROM updates WHERE site = ? AND sensor = ?', [site, sensor])
  )[0]?.sha256;
}

/** Without the bytes. */
export function listImages(db: Executor): Promise<Image[]> {
  return db.all<Image>('SELECT sha256, board, version, size, manifest, signature, added FROM images ORDER BY added');
}
