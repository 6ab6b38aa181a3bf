/** Options that several commands share, each validated while parsing. */

import { InvalidArgumentError, Option } from 'commander';
import { parseBlock } from '../../../src/protocol/address.js';
import type { ConfigMember, Setting } from '../../../src/protocol/config.js';
import { configSettings, takesBlocks } from '../../../src/protocol/config.js';
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

/** The option for a member of the config: its name, description and bounds come from src/protocol/config.ts. */
export function settingOption(name: ConfigMember): Option {
  const setting: Setting = configSettings[name];
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (takesBlocks(setting)) return new Option(`${flag} <CIDR...>`, setting.what).argParser(block);
  return new Option(`${flag} <${setting.unit?.toUpperCase() ?? 'N'}>`, setting.what).argParser(whole(setting));
}

/** `--home CIDR ...`: may be given several times, or once with several blocks. */
export const homeOption = (): Option => settingOption('home');

/** `--watch CIDR ...`: the watch list. */
export const watchOption = (): Option => settingOption('watch');

/** `--evidence NATS`: the alert threshold. For a file's frames it need not be whole. */
export function evidenceOption(): Option {
  const { engine, highest } = configSettings.evidence;
  return new Option(
    '--evidence <NATS>',
    `alert threshold: log-likelihood ratio in nats (default: ${engine})`,
  ).argParser((text) => {
    const value = Number(text);
    if (!(value >= 1 && value <= highest))
      throw new InvalidArgumentError(`It must be a number of nats from 1 to ${highest}.`);
    return value;
  });
}

/** Parses a whole number within limits, in digits: nobody means `1e3` or `0x10`. */
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
