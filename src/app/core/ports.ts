/** What the app needs from its machine. Each part is injected, so that the app runs on XS, on Node and in tests. */
import type { ClockState } from '../../protocol/alert.js';

export interface Clock {
  /** Milliseconds since 1970, or since the boot if `state` is `uptime`. */
  now(): number;
  state(): ClockState;
  /** Milliseconds since the boot. */
  uptime(): number;
}

export interface Timers {
  /** Calls `action` once after `ms` milliseconds; the result cancels it. */
  after(ms: number, action: () => void): () => void;
}

/** A number in [0, 1). */
export type Random = () => number;

export interface ConnectionEvents {
  /** The broker accepted the connection. */
  opened(): void;
  /** A message on a subscribed topic, as text. */
  message(topic: string, text: string): void;
  /** The same for topics with binary payloads (topics.ts, isBinary). */
  bytes(topic: string, payload: Uint8Array): void;
  /** The connection is closed or could not be opened. `reason` is for people. */
  closed(reason: string): void;
}

/** One MQTT connection with clean session off. It never reconnects by itself and never repeats a message. */
export interface Connection {
  /** Publishes with QoS 1; `acknowledged` is called when the broker's PUBACK arrives. */
  publish(topic: string, payload: Uint8Array | string, retain: boolean, acknowledged: () => void): void;
  /** Subscribes with QoS 1. */
  subscribe(topics: string[]): void;
  /** Disconnects cleanly (MQTT DISCONNECT: the will is not published) and closes; `done` is called afterwards. */
  end(done: () => void): void;
  /** Closes at once, without DISCONNECT. */
  abort(): void;
}

export interface Connector {
  /** Opens a connection whose will is retained, with QoS 1. No event comes before this has returned. */
  connect(will: { topic: string; payload: string }, events: ConnectionEvents): Connection;
}
