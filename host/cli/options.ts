/** Options that several commands share, each checked as it is read: a wrong one is a sentence, not a surprise later. */
import { InvalidArgumentError, Option } from 'commander';
import { parseBlock } from '../../src/protocol/address.js';

function block(text: string, before: string[] | undefined): string[] {
  if (!parseBlock(text)) {
    throw new InvalidArgumentError('It must be a block of addresses such as 10.20.0.0/16 or fd20:20::/48, without host bits.');
  }
  return [...(before ?? []), text];
}

/** `--home CIDR ...`: may be given several times, or once with several blocks. */
export function homeOption(): Option {
  return new Option('--home <CIDR...>', 'the branch\'s own address blocks; default: the private ranges').argParser(block);
}
