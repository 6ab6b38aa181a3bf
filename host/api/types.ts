/**
 * What the collector's HTTP API answers, as types. All of them are read off the schemas beside this file, which the
 * page must not carry: it imports types from here, and nothing from there. All times are ISO 8601 in UTC, with
 * milliseconds.
 */
export type { Campaign, CampaignScans, FleetVerdict } from './fleet.js';
export type { AllowEntry, Known, KnownList } from './lists.js';
export type { ConfigState, IncidentKind, SensorNote, SensorState } from './names.js';
export type { Output } from './outputs.js';
export type { Now, RejectedMessage, Timeline, TimelineBucket } from './overview.js';
export type { AddressMap, MapBlock, Matrix, MatrixCell, MatrixRow, WhatIf, WhatIfScan } from './pictures.js';
export type { Scan, ScanHistory } from './scans.js';
export type { Gap, Incident, Sensor, SensorEnrolment } from './sensors.js';
export type { Source, Whispered } from './sources.js';
