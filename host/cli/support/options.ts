/** Options that several commands share, each validated while parsing. */

import { InvalidArgumentError, Option } from 'commander';
import { parseBlock } from '../../../src/protocol/address.js';
import { DEFAULT_FLEET_KEY } from '../../common/identity.js';

/** Parses and collects address blocks. */
export function block(text: string, before: string[] | undefined): string[] {
  if (!parseBlock(text)) {
    throw new InvalidArgumentError(
      'It must be a block of addresses such as 10.20.0.0/16 or fd20:20::/48, without host bits.',
    );
  }
  return [...(before ?? []), text];
}

/** `--home CIDR ...`: repeatable, or once with several blocks. */
export function homeOption(): Option {
  return new Option('--home <CIDR...>', "the site's own address blocks (default: the private ranges)").argParser(block);
}

/** `--watch CIDR ...`: the watch list. */
export function watchOption(): Option {
  return new Option('--watch <CIDR...>', 'IPv4 blocks of known adversaries, reported at first contact').argParser(
    block,
  );
}

/** `--evidence NATS`: the alert threshold. */
export function evidenceOption(): Option {
  return new Option('--evidence <NATS>', 'alert threshold: log-likelihood ratio in nats (default: 8)').argParser(
    (text) => {
      const value = Number(text);
      if (!(value >= 1 && value <= 100)) throw new InvalidArgumentError('It must be a number of nats from 1 to 100.');
      return value;
    },
  );
}

/** Parses a whole number within limits. */
export function whole(limits: { lowest: number; highest: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < limits.lowest || value > limits.highest)
      throw new InvalidArgumentError(`It must be a whole number from ${limits.lowest} to ${limits.highest}.`);
    return value;
  };
}

export const fleetKeyOption = (): Option =>
  new Option(
    '--fleet-key <FILE>',
    'key from which the config keys of all sensors derive; created at the first enrolment; keep a copy',
  )
    .env('BLOCKWATCH_FLEET_KEY')
    .default(DEFAULT_FLEET_KEY);
