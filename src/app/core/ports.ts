/** What the app needs from the machine it runs on. Each is injected, so that the app runs on XS, on Node and in tests. */
import type { ClockState } from '../../protocol/alert.js';

export interface Clock {
  /** Milliseconds since 1970, or since the boot where `state` is `uptime`. */
  now(): number;
  state(): ClockState;
  /** Milliseconds since the boot. */
  uptime(): number;
}

export interface Timers {
  /** Calls `action` once after `ms` milliseconds; what it returns calls that off. */
  after(ms: number, action: () => void): () => void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

export interface ConnectionEvents {
  /** The broker accepted the connection. */
  opened(): void;
  /** A message on a topic that was subscribed to, as text. */
  message(topic: string, text: string): void;
  /** The same, where what is sent on the topic is bytes (topics.ts, isBinary). */
  bytes(topic: string, payload: Uint8Array): void;
  /** The connection is gone, or never came to be. `reason` is for people. */
  closed(reason: string): void;
}

/** One MQTT connection with clean session off. It never reconnects by itself, and never repeats a message. */
export interface Connection {
  /** Publishes with QoS 1; `acknowledged` is called when the broker's PUBACK is here. */
  publish(topic: string, payload: Uint8Array | string, retain: boolean, acknowledged: () => void): void;
  /** Subscribes with QoS 1. */
  subscribe(topics: string[]): void;
  /** Says goodbye (MQTT DISCONNECT: the will is not published) and closes; `done` is called when that is over. */
  end(done: () => void): void;
  /** Closes at once, without a goodbye. */
  abort(): void;
}

export interface Connector {
  /** Begins a connection whose will is retained, with QoS 1. No event comes before this has returned. */
  connect(will: { topic: string; payload: string }, events: ConnectionEvents): Connection;
}
