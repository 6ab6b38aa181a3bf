import type { Place } from '../support/collector.js';
import { blockSuite } from './block-suite.js';
import { bootSuite } from './boot-suite.js';
import { endedSuite } from './ended-suite.js';
import { exceptionSuite } from './exception-suite.js';
import { imageSuite } from './image-suite.js';
import { incidentSuite } from './incident-suite.js';
import { knownSuite } from './known-suite.js';
import { retentionSuite } from './retention-suite.js';
import { storeSuite } from './store-suite.js';

/**
 * All that a kind of store must pass. Each suite has a `describe` of its own, because a suite opens a store before each of
 * its tests: side by side, each test would open the stores of all.
 * @param empty a store with every table and no row
 * @param fresh a store without tables
 */
export function storeSuites(empty: Place, fresh: Place): void {
  describe('holds records', () => storeSuite(empty));
  describe('holds lists of known scanners', () => knownSuite(empty));
  describe('feeds a firewall', () => blockSuite(empty));
  describe('keeps what it has for a time', () => retentionSuite(empty));
  describe('holds exceptions', () => exceptionSuite(empty));
  describe('holds incidents', () => incidentSuite(empty));
  describe('holds images', () => imageSuite(empty));
  describe('ends scans that nobody tells of any more', () => endedSuite(empty));
  describe('follows the boots of a sensor', () => bootSuite(empty, fresh));
}
