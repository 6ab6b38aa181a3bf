/** Enrols one or many sensors, all or none. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database, Executor } from '../collector/store/database.js';
import type { Enrolment } from '../collector/store/enrolments.js';
import { findEnrolment, listEnrolments, putEnrolment, transactionWithRetry } from '../collector/store/enrolments.js';
import { UserError } from '../common/errors.js';
import { accountName, configKey, hashPassword, keyMark, newPassword, newSalt } from '../common/identity.js';
import type { EnrolmentRequest } from './request.js';
import { provisioningOf } from './request.js';

/** Content of `Enrolment.settings`, as JSON. */
export interface EnrolmentSettings {
  wifi: string;
  tap: string;
  home: string[];
  timeServer: string;
  /** See keyMark. */
  key: string;
  /** The broker's CA certificate, DER in base64. */
  ca: string;
  /** `{site}/{sensor}` after and before a rename. */
  renamed?: string;
  before?: string;
}

export interface Enrolled {
  request: EnrolmentRequest;
  file: string;
  renewed: boolean;
}

export interface EnrolOptions {
  fleet: Buffer;
  ca: string;
  /** Path of a sensor's provisioning file. */
  fileOf: (request: EnrolmentRequest) => string;
  /** Whether enrolled sensors get new credentials instead of an error. */
  renew: boolean;
  now: number;
  progress?: (done: number, total: number) => void;
  /** The sensor's name before a rename. */
  before?: string;
  /** Runs in the same transaction, after the rows were written. */
  also?: (tx: Executor) => Promise<void>;
}

interface Made {
  row: Enrolment;
  text: string;
  file: string;
  staged: string;
}

function make(request: EnrolmentRequest, options: EnrolOptions): Pick<Made, 'row' | 'text'> {
  const { site, sensor } = request;
  const password = newPassword();
  const salt = newSalt();
  const key = configKey(options.fleet, site, sensor, salt);
  const provisioning = provisioningOf(request, {
    user: accountName(site, sensor),
    password,
    configKey: key,
    ca: options.ca,
  });
  const settings: EnrolmentSettings = {
    wifi: request.wifi.ssid,
    tap: request.tap,
    home: request.home,
    timeServer: provisioning.timeServer,
    key: keyMark(key),
    ca: provisioning.broker.ca,
    ...(options.before === undefined ? {} : { before: options.before }),
  };
  const { host, port, tls } = provisioning.broker;
  return {
    text: `${JSON.stringify(provisioning)}\n`,
    row: {
      site,
      sensor,
      board: request.board,
      broker: `mqtt${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`,
      settings: JSON.stringify(settings),
      account: hashPassword(password),
      salt,
      enrolled: options.now,
      revoked: null,
      config: null,
      configured: null,
    },
  };
}

/**
 * Writes every file beside its destination, stores all rows in one transaction, then renames the files. A failure
 * before the commit leaves nothing behind.
 */
export async function enrol(
  db: Database,
  all: readonly EnrolmentRequest[],
  options: EnrolOptions,
): Promise<Enrolled[]> {
  const known = new Map((await listEnrolments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  for (const request of all) refuseTwice(request, known.get(`${request.site}/${request.sensor}`), options);
  const staging: string[] = [];
  try {
    const made: Made[] = [];
    for (const request of all) {
      const file = options.fileOf(request);
      made.push({ ...make(request, options), file, staged: stage(file, staging) });
      const last = made.at(-1) as Made;
      write(last.staged, last.text);
      options.progress?.(made.length, all.length);
    }
    await transactionWithRetry(db, async (tx) => {
      for (const { row } of made) {
        const before = await findEnrolment(tx, row.site, row.sensor);
        // Check again inside the transaction: another process may have been faster.
        if (before && before.revoked === null && !options.renew) refuseTwice({ ...row, line: 0 }, before, options);
        await putEnrolment(
          tx,
          db,
          before?.revoked === null ? { ...row, config: before.config, configured: before.configured } : row,
        );
      }
      await options.also?.(tx);
    });
    for (const { staged, file } of made) renameSync(staged, file);
    return all.map((request, i) => ({
      request,
      file: (made[i] as Made).file,
      renewed: known.get(`${request.site}/${request.sensor}`)?.revoked === null,
    }));
  } finally {
    for (const folder of staging) rmSync(folder, { recursive: true, force: true });
  }
}

function refuseTwice(
  request: Pick<EnrolmentRequest, 'site' | 'sensor' | 'line'>,
  before: Enrolment | undefined,
  options: EnrolOptions,
): void {
  const on = request.line > 0 ? ` (line ${request.line})` : '';
  if (before?.revoked === null && !options.renew) {
    const problem =
      `${request.site}/${request.sensor}${on} is enrolled already; --renew gives it new credentials, ` +
      'and its board must then be provisioned again. Nothing was enrolled.';
    throw new UserError('BW_ENROLMENT', { problem });
  }
  const file = 'wifi' in request ? options.fileOf(request as EnrolmentRequest) : '';
  if (!before && file && existsSync(file)) {
    throw new UserError('BW_ENROLMENT', {
      problem:
        `${file} exists already, and this store does not know its sensor; ` +
        'choose another path with --out, or move the file away. Nothing was enrolled.',
    });
  }
}

/** A temporary path on the same file system as `file`, so that the last step is a rename. */
function stage(file: string, staging: string[]): string {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
    const temporary = mkdtempSync(join(folder, '.enrolling-'));
    staging.push(temporary);
    return join(temporary, 'provisioning.json');
  } catch (error) {
    throw new UserError('BW_OUTPUT', { path: file, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new UserError('BW_OUTPUT', { path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
