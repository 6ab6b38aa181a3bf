import { Dice } from '../simulate/dice.js';
import type { Place, Story } from './story.js';

/** One honest behaviour of the zoo that is written rather than recorded. */
export interface Member {
  name: string;
  /** One sentence: who does what, and why that is honest. */
  description: string;
  place?: Place;
  home?: readonly string[];
  /** Who looks like a scanner. */
  source: string;
  why: string;
  /** Addresses that lived before the story began, though they are silent in it; the learned placement knows them. */
  departed?: readonly string[];
  /** Addresses that are new in the story: the learned placement must not know them. */
  newcomers?: readonly string[];
  /** False: the learned placement means nothing here (the story is longer than any learning, or has its own). */
  learned?: boolean;
  write(story: Story): void;
}

export const SECOND = 1000,
  MINUTE = 60_000,
  HOUR = 3_600_000;

/** 10.30.1.`from` to 10.30.1.`from + count - 1`. */
export function neighbours(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.30.1.${from + i}`);
}

/** Hosts that left: `count` of the addresses 60 to 239 of 10.30.`net`, as an office's life scatters them. */
export function gone(net: number, count: number): string[] {
  return new Dice(net * 1000 + count)
    .shuffled(Array.from({ length: 180 }, (_, i) => `10.30.${net}.${60 + i}`))
    .slice(0, count);
}

/** Hosts of another segment of the office, behind its router. */
export function routed(net: number, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.30.${net}.${from + i}`);
}

/** Hosts of the internet, no two of one block. */
export function outside(story: Story, count: number): string[] {
  const all = new Set<string>();
  while (all.size < count)
    all.add(`198.${18 + story.dice.below(2)}.${story.dice.below(256)}.${1 + story.dice.below(254)}`);
  return [...all];
}

/** The same by IPv6: each of a provider of its own. */
export function outside6(story: Story): string {
  const word = (): string => (1 + story.dice.below(0xfffe)).toString(16);
  return `2001:db8:${word()}:${word()}::${word()}`;
}
